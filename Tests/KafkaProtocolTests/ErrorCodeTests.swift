import Testing

@testable import KafkaProtocol

struct ErrorCodeTests {
  @Test func `names and numbers are Kafka's, all of them`() throws {
    let facts = try factLines("kafka-errors.txt", beside: #filePath)
      .map { $0.split(separator: " ").map(String.init) }
    let codes = ErrorCode.allCases.map { ["\($0.rawValue)", $0.name] }
    #expect(codes == facts)
  }

  @Test func `what passes by itself is retriable and what is wrong is not`() {
    #expect(ErrorCode.notLeaderOrFollower.isRetriable)
    #expect(ErrorCode.coordinatorLoadInProgress.isRetriable)
    #expect(ErrorCode.unknownTopicID.isRetriable)
    #expect(!ErrorCode.none.isRetriable)
    #expect(!ErrorCode.offsetOutOfRange.isRetriable)
    #expect(!ErrorCode.unknownMemberID.isRetriable)
    #expect(!ErrorCode.messageTooLarge.isRetriable)
  }
}
