import Testing

@testable import KafkaProtocol

struct ErrorCodeTests {
  @Test func `names and numbers are Kafka's`() {
    #expect(ErrorCode.offsetOutOfRange.name == "OFFSET_OUT_OF_RANGE")
    #expect(ErrorCode.fetchSessionTopicIDError.name == "FETCH_SESSION_TOPIC_ID_ERROR")
    #expect(ErrorCode.unsupportedSASLMechanism.name == "UNSUPPORTED_SASL_MECHANISM")
    #expect(ErrorCode(rawValue: 100) == .unknownTopicID)
    #expect(ErrorCode.unknownServerError.rawValue == -1)
  }
}
