/// Chooses the mechanism of the authentication that follows.
package struct SaslHandshakeRequest: KafkaRequest {
  package typealias Response = SaslHandshakeResponse

  package static let api = API(.saslHandshake, versions: 0...1, flexibleFrom: nil)

  package var mechanism = ""

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&mechanism)
  }
}

/// Lists the mechanisms that the listener takes.
package struct SaslHandshakeResponse: KafkaResponse {
  package static let api = SaslHandshakeRequest.api

  package var errorCode = ErrorCode.none
  package var mechanisms: [String] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&errorCode)
    try f.field(&mechanisms)
  }
}
