import KafkaProtocol

/// Why a group does not do what a request asks for.
struct GroupRefusal: Error, Equatable, Sendable {
  let code: ErrorCode
  /// For the client's log.
  let message: String

  init(_ code: ErrorCode, _ message: String) {
    self.code = code
    self.message = message
  }
}
