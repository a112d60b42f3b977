import KafkaProtocol

/// Why a change of metadata is not made: what the client is answered.
package struct Refusal: Error, Equatable, Sendable {
  package let code: ErrorCode
  package let message: String

  package init(_ code: ErrorCode, _ message: String) {
    self.code = code
    self.message = message
  }
}
