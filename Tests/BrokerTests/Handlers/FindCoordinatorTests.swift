import KafkaProtocol
import Records
import Testing

@testable import Broker

struct FindCoordinatorTests {
  private static let topic = TopicID(high: 1, low: 2)

  @Test(
    arguments: [
      (2, "g:\(topic):0", .none), (2, "a:b:\(topic):3", .none), (2, "", .invalidRequest),
      (2, "g", .invalidRequest), (2, "g:\(topic)", .invalidRequest),
      (2, ":\(topic):0", .invalidRequest), (2, "g:t:0", .invalidRequest),
      (2, "g:\(topic):x", .invalidRequest), (2, "g:\(topic):-1", .invalidRequest),
      (0, "g", .none), (1, "id", .none), (3, "g", .invalidRequest),
    ] as [(Int8, String, ErrorCode)])
  func `one broker coordinates all that there is`(
    kind: Int8, key: String, expected: ErrorCode
  ) throws {
    let answer = try RunningBroker().ask(
      FindCoordinatorRequest {
        $0.keyType = kind
        $0.coordinatorKeys = [key]
      })
    let found = try #require(answer.coordinators.first)
    #expect(found.errorCode == expected && found.key == key)
    #expect(found.nodeID == (expected == .none ? 1 : -1))
    #expect((found.errorMessage == nil) == (expected == .none))
  }

  @Test func `keys are answered one by one`() throws {
    let keys = ["g:\(Self.topic):0", "nonsense"]
    let answer = try RunningBroker().ask(
      FindCoordinatorRequest {
        $0.keyType = 2
        $0.coordinatorKeys = keys
      })
    #expect(answer.coordinators.map(\.errorCode) == [.none, .invalidRequest])
  }

  @Test func `share partitions have a coordinator from version 6 on`() throws {
    let answer = try RunningBroker().ask(
      FindCoordinatorRequest {
        $0.keyType = 2
        $0.coordinatorKeys = ["g:\(Self.topic):0"]
      }, version: 5)
    #expect(answer.coordinators.map(\.errorCode) == [.invalidRequest])
  }
}
