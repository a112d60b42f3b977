import KafkaProtocol

/// SaslHandshake: no listener has SASL, and on one without it Kafka answers that it comes at the
/// wrong time.
enum SaslHandshakeHandler: Handler {
  static func handle(_ request: SaslHandshakeRequest, _ call: Call, _ loop: LoopService) {
    call.answer(SaslHandshakeResponse { $0.errorCode = .illegalSASLState })
  }
}
