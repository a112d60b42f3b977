/// Asks which SCRAM credentials users have (KIP-554).
package struct DescribeUserScramCredentialsRequest: KafkaRequest {
  package typealias Response = DescribeUserScramCredentialsResponse

  package static let api = API(.describeUserScramCredentials, versions: 0...0, flexibleFrom: 0)

  /// Nil or empty for all.
  package var users: [User]? = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&users)
  }

  /// A user asked about.
  package struct User: Message {
    package var name = ""

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name)
    }
  }
}

/// Lists the mechanisms of each user; never a secret.
package struct DescribeUserScramCredentialsResponse: KafkaResponse {
  package static let api = DescribeUserScramCredentialsRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var errorMessage: String?
  package var results: [Result] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&errorCode)
    try f.field(&errorMessage)
    try f.field(&results)
  }

  /// The credentials of one user.
  package struct Result: Message {
    package var user = ""
    package var errorCode = ErrorCode.none
    package var errorMessage: String?
    package var credentialInfos: [Credential] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&user)
      try f.field(&errorCode)
      try f.field(&errorMessage)
      try f.field(&credentialInfos)
    }
  }

  /// A mechanism that the user can log in with.
  package struct Credential: Message {
    /// 1 SCRAM-SHA-256, 2 SCRAM-SHA-512.
    package var mechanism: Int8 = 0
    package var iterations: Int32 = 0

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&mechanism)
      try f.field(&iterations)
    }
  }
}
