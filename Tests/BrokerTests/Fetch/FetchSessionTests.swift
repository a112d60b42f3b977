import Cluster
import KafkaProtocol
import Platform
import Records
import Testing

@testable import Broker

/// What a session remembers, and what an incremental answer must mention.
struct FetchSessionTests {
  private func topic(_ name: String, _ id: UInt64) throws -> Topic {
    Topic(
      name: name, id: TopicID(high: 0, low: id), partitions: [],
      config: TopicConfig(
        overrides: [:], broker: try BrokerConfig(file: nil).values, isInternal: false))
  }

  private func request(
    _ asked: [(String, UInt64, [Int32])], forgotten: [(String, UInt64, [Int32])] = [],
    offset: Int64 = 0
  ) -> FetchRequest {
    var request = FetchRequest()
    request.topics = asked.map { name, id, partitions in
      FetchRequest.Topic { topic in
        topic.topic = WireString(name)
        topic.topicID = TopicID(high: 0, low: id)
        topic.partitions = partitions.map { number in
          FetchRequest.Partition {
            $0.partition = PartitionID(number)
            $0.fetchOffset = Offset(offset)
          }
        }
      }
    }
    request.forgottenTopicsData = forgotten.map { name, id, partitions in
      FetchRequest.ForgottenTopic {
        $0.topic = WireString(name)
        $0.topicID = TopicID(high: 0, low: id)
        $0.partitions = partitions.map { PartitionID($0) }
      }
    }
    return request
  }

  /// Takes all listed slots, as `topic-partition@offset`.
  private func drain(_ session: inout FetchSession) -> [String] {
    var slots: [String] = []
    while let slot = session.nextListed() {
      let one = session[slot]
      slots.append("\(session.topics[Int(one.topic)].name)-\(one.id)@\(one.offset)")
    }
    return slots
  }

  private let none = TopicTable.Snapshot([], version: 1)

  @Test func `what is added or changed is looked at, what is forgotten is gone`() {
    var session = FetchSession(usesTopicIDs: false, isKept: true)
    _ = session.begin(request([("a", 0, [0, 1]), ("b", 0, [0])]), in: none)
    #expect(session.count == 3)
    #expect(drain(&session) == ["a-0@0", "a-1@0", "b-0@0"])
    #expect(drain(&session).isEmpty)
    _ = session.begin(
      request([("a", 0, [1])], forgotten: [("b", 0, [0]), ("c", 0, [4])], offset: 9), in: none)
    #expect(session.count == 2)
    #expect(drain(&session) == ["a-1@9"])
    // A place is used again, for whatever comes next.
    _ = session.begin(request([("c", 0, [5])], offset: 3), in: none)
    #expect(session.count == 3 && session.slots.count == 3 && session.topics.count == 2)
    #expect(drain(&session) == ["c-5@3"])
    // Named twice it is asked for once, and what is named last counts.
    var twice = request([("a", 0, [0])], offset: 1)
    twice.topics += request([("a", 0, [0])], offset: 2).topics
    _ = session.begin(twice, in: none)
    #expect(drain(&session) == ["a-0@2"])
    // What is added and forgotten at once is not there.
    _ = session.begin(
      request([("d", 0, [0])], forgotten: [("d", 0, [0]), ("a", 0, [0, 1]), ("c", 0, [5])]),
      in: none)
    #expect(session.count == 0)
    #expect(drain(&session).isEmpty)
  }

  @Test func `a slot that was read goes behind the others`() {
    var session = FetchSession(usesTopicIDs: false, isKept: true)
    _ = session.begin(request([("a", 0, [0, 1, 2])]), in: none)
    let first = session.nextListed()!
    session.list(first)
    session.list(first)
    #expect(drain(&session) == ["a-1@0", "a-2@0", "a-0@0"])
  }

  @Test func `long lists keep their order and let go of what was taken`() {
    var session = FetchSession(usesTopicIDs: false, isKept: true)
    let all = (0..<Int32(5000)).map { $0 }
    _ = session.begin(request([("a", 0, all)]), in: none)
    for expected in 0..<Int32(12_000) {
      let slot = session.nextListed()!
      #expect(slot == expected % 5000)
      session.list(slot)
    }
    #expect(session.listedCount == 5000)
  }

  private func part(_ highWatermark: Int64, start: Int64 = 0) -> FetchResponse.Partition {
    FetchResponse.Partition {
      $0.highWatermark = Offset(highWatermark)
      $0.logStartOffset = Offset(start)
    }
  }

  @Test func `only what has changed is told again`() {
    var session = FetchSession(usesTopicIDs: false, isKept: true)
    _ = session.begin(request([("a", 0, [0])]), in: none)
    #expect(session.mustTell(0, part(5)))
    session.told(0, part(5))
    #expect(!session.mustTell(0, part(5)))
    #expect(session.mustTell(0, part(6)))
    #expect(session.mustTell(0, part(5, start: 1)))
    var records = part(5)
    records.records = .bytes(ByteBlock([1]))
    #expect(session.mustTell(0, records))
    session.told(0, records)
    #expect(!session.mustTell(0, part(5)))
    // An error is told as long as it lasts, and once more all is told when it is over.
    var failed = part(5)
    failed.errorCode = .offsetOutOfRange
    for _ in 0..<2 {
      #expect(session.mustTell(0, failed))
      session.told(0, failed)
    }
    #expect(session.mustTell(0, part(5)))
    session.told(0, part(5))
    var diverging = part(5)
    diverging.divergingEpoch.endOffset = Offset(3)
    #expect(session.mustTell(0, diverging))
    session.told(0, diverging)
    #expect(session.mustTell(0, part(5)))
    // Moving its fetch offset does not make the client forget what it was told.
    session.told(0, part(5))
    _ = session.begin(request([("a", 0, [0])], offset: 5), in: none)
    #expect(!session.mustTell(0, part(5)))
  }

  @Test func `a topic made anew is told by its id`() throws {
    let old = TopicTable.Snapshot([try topic("a", 1)], version: 1)
    let gone = TopicTable.Snapshot([], version: 2)
    let new = TopicTable.Snapshot([try topic("a", 2)], version: 3)
    var session = FetchSession(usesTopicIDs: true, isKept: true)
    _ = session.begin(request([("", 1, [0]), ("", 9, [0])]), in: old)
    #expect(session.topicProblem(0) == .none)
    #expect(session.topicProblem(1) == .unknownTopicID)
    #expect(drain(&session).count == 2)
    _ = session.begin(request([]), in: old)
    #expect(drain(&session).isEmpty)
    _ = session.begin(request([]), in: gone)
    #expect(session.topicProblem(0) == .unknownTopicID)
    #expect(drain(&session) == ["a-0@0"])
    _ = session.begin(request([]), in: new)
    #expect(session.topicProblem(0) == .inconsistentTopicID)
    #expect(drain(&session) == ["a-0@0"])
  }

  @Test func `a session by name goes on with the topic made anew`() throws {
    let old = TopicTable.Snapshot([try topic("a", 1)], version: 1)
    let gone = TopicTable.Snapshot([], version: 2)
    let new = TopicTable.Snapshot([try topic("a", 2)], version: 3)
    var session = FetchSession(usesTopicIDs: false, isKept: true)
    _ = session.begin(request([("a", 0, [0])]), in: old)
    #expect(session.topicProblem(0) == .none)
    _ = session.begin(request([]), in: gone)
    #expect(session.topicProblem(0) == .unknownTopicOrPartition)
    _ = session.begin(request([]), in: new)
    #expect(session.topicProblem(0) == .none)
  }

  @Test func `each fetch of a session has a number`() {
    var session = FetchSession(usesTopicIDs: false, isKept: true)
    _ = session.begin(request([("a", 0, [0])]), in: none)
    let number = session.fetchNumber
    _ = session.begin(request([]), in: none)
    #expect(session.fetchNumber > number)
  }
}
