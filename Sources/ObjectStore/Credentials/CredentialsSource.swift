/// A place where credentials may be found.
package protocol CredentialsSource: Sendable {
  /// What an operator calls it: "environment", "profile 'default'".
  var name: String { get }

  /// The credentials; nil when this place is not set up. Throws when it is, and does not work.
  func load() async throws(ObjectStoreError) -> S3Credentials?
}

/// Credentials that stand in the configuration.
package struct StaticCredentials: CredentialsSource {
  private let credentials: S3Credentials
  package init(_ credentials: S3Credentials) { self.credentials = credentials }
  package var name: String { "configuration" }
  package func load() async throws(ObjectStoreError) -> S3Credentials? { credentials }
}

/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
package struct EnvironmentCredentials: CredentialsSource {
  private let environment: [String: String]
  package init(_ environment: [String: String]) { self.environment = environment }
  package var name: String { "environment" }

  package func load() async throws(ObjectStoreError) -> S3Credentials? {
    func value(_ name: String) -> String? {
      environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
    guard let id = value("AWS_ACCESS_KEY_ID") else { return nil }
    guard let secret = value("AWS_SECRET_ACCESS_KEY") else {
      throw ObjectStoreError(
        .denied, key: name, "AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not")
    }
    return S3Credentials(
      accessKeyID: id, secretAccessKey: secret, sessionToken: value("AWS_SESSION_TOKEN"))
  }
}
