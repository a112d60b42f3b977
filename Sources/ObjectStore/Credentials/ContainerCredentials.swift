import Platform

/// The endpoint that ECS tasks and EKS pods (pod identity) find in
/// `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` or `AWS_CONTAINER_CREDENTIALS_FULL_URI`.
package struct ContainerCredentials: CredentialsSource {
  private let environment: [String: String]
  private let files: CredentialFiles
  private let endpoint: CredentialEndpoint

  package init(
    environment: [String: String], files: any FileSystem, pool: BlockingPool, client: HTTPClient
  ) {
    self.environment = environment
    self.files = CredentialFiles(files: files, pool: pool)
    endpoint = CredentialEndpoint(client: client, source: "container endpoint")
  }

  package var name: String { endpoint.source }

  package func load() async throws(ObjectStoreError) -> S3Credentials? {
    let url: String
    if let path = environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] {
      url = "http://169.254.170.2" + path
    } else if let full = environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] {
      url = full
    } else {
      return nil
    }
    guard Self.mayBeAsked(url) else {
      throw ObjectStoreError(
        .denied, key: name, "\(url): neither https nor one of the container hosts")
    }
    var headers: [(name: String, value: String)] = []
    if let path = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] {
      headers = [("Authorization", try await files.token(path, for: name))]
    } else if let token = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] {
      guard !token.utf8.contains(where: { $0 < 0x20 }) else {
        throw ObjectStoreError(.denied, key: name, "the token has a control character")
      }
      headers = [("Authorization", token)]
    }
    guard let response = try await endpoint.ask(.get, url, headers: headers) else { return nil }
    return try endpoint.credentials(response, url)
  }

  /// The token goes over plain HTTP only to the addresses that AWS names for it, and to loopback.
  static func mayBeAsked(_ url: String) -> Bool {
    if url.hasPrefix("https://") { return true }
    guard url.hasPrefix("http://") else { return false }
    let authority = url.dropFirst("http://".count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    if authority.contains("@") { return false }
    let bracket = authority.lastIndex(of: "]")
    let host = bracket.map { authority[...$0] } ?? authority.prefix { $0 != ":" }
    let allowed = [
      "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]", "127.0.0.1", "localhost", "[::1]",
    ]
    return allowed.contains(String(host))
  }
}
