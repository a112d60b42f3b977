/// Sets and removes SCRAM credentials (KIP-554).
package struct AlterUserScramCredentialsRequest: KafkaRequest {
  package typealias Response = AlterUserScramCredentialsResponse

  package static let api = API(.alterUserScramCredentials, versions: 0...0, flexibleFrom: 0)

  package var deletions: [Deletion] = []
  package var upsertions: [Upsertion] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&deletions)
    try f.field(&upsertions)
  }

  /// A credential to remove.
  package struct Deletion: Message {
    package var name = ""
    /// 1 SCRAM-SHA-256, 2 SCRAM-SHA-512.
    package var mechanism: Int8 = 0

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name)
      try f.field(&mechanism)
    }
  }

  /// A credential to make or replace.
  package struct Upsertion: Message {
    package var name = ""
    /// 1 SCRAM-SHA-256, 2 SCRAM-SHA-512.
    package var mechanism: Int8 = 0
    package var iterations: Int32 = 0
    package var salt: [UInt8] = []
    package var saltedPassword: [UInt8] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name)
      try f.field(&mechanism)
      try f.field(&iterations)
      try f.field(&salt)
      try f.field(&saltedPassword)
    }
  }
}

/// Says for each user whether the credentials changed.
package struct AlterUserScramCredentialsResponse: KafkaResponse {
  package static let api = AlterUserScramCredentialsRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var results: [Result] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&results)
  }

  /// The outcome for one user.
  package struct Result: Message {
    package var user = ""
    package var errorCode = ErrorCode.none
    package var errorMessage: String?

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&user)
      try f.field(&errorCode)
      try f.field(&errorMessage)
    }
  }
}
