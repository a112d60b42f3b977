import KafkaProtocol

/// SaslAuthenticate: refused as SaslHandshake is.
enum SaslAuthenticateHandler: Handler {
  static func handle(_ request: SaslAuthenticateRequest, _ call: Call, _ loop: LoopService) {
    call.answer(
      SaslAuthenticateResponse {
        $0.errorCode = .illegalSASLState
        $0.errorMessage = "SaslAuthenticate request received on a listener without SASL"
      })
  }
}
