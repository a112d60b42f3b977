/// Carries the client's next message of the mechanism.
package struct SaslAuthenticateRequest: KafkaRequest {
  package typealias Response = SaslAuthenticateResponse

  package static let api = API(.saslAuthenticate, versions: 0...2, flexibleFrom: 2)

  package var authBytes: [UInt8] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&authBytes)
  }
}

/// Carries the server's answer, and how long the session may last.
package struct SaslAuthenticateResponse: KafkaResponse {
  package static let api = SaslAuthenticateRequest.api

  package var errorCode = ErrorCode.none
  package var errorMessage: String?
  package var authBytes: [UInt8] = []
  package var sessionLifetimeMilliseconds: Int64 = 0

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&errorCode)
    try f.field(&errorMessage)
    try f.field(&authBytes)
    try f.field(&sessionLifetimeMilliseconds, in: 1...)
  }
}
