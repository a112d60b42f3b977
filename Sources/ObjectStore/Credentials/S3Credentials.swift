/// An access key, for as long as it holds.
package struct S3Credentials: Sendable, Equatable, CustomStringConvertible {
  package let accessKeyID: String
  package let secretAccessKey: String
  package let sessionToken: String?
  /// When it ends, in milliseconds since 1970; nil when it does not.
  package let expiresAtMilliseconds: Int64?

  package init(
    accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil,
    expiresAtMilliseconds: Int64? = nil
  ) {
    self.accessKeyID = accessKeyID
    self.secretAccessKey = secretAccessKey
    self.sessionToken = sessionToken
    self.expiresAtMilliseconds = expiresAtMilliseconds
  }

  /// Never the secret.
  package var description: String { "access key \(accessKeyID)" }
}
