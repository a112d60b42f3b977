/// What an operator can set about S3; what is nil comes from the environment or AWS's shared files,
/// else from a default.
package struct S3Settings: Sendable {
  package var endpoint: String?
  package var region: String?
  package var usesPathStyle: Bool?
  package var accessKeyID: String?
  package var secretAccessKey: String?
  package var sessionToken: String?
  package var profile: String?
  package var encryption = S3Configuration.Encryption.bucketDefault
  package var requestTimeoutMilliseconds: Int64?
  package var maximumConnections: Int?
  package var certificateAuthorityFile: String?
  package init() {}
}
