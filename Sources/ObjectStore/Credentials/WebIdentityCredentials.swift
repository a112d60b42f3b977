import Platform

/// A role assumed with a token that the platform puts into a file (EKS "IRSA"):
/// `AWS_WEB_IDENTITY_TOKEN_FILE` and `AWS_ROLE_ARN`, exchanged at STS.
package struct WebIdentityCredentials: CredentialsSource {
  private let environment: [String: String]
  private let region: String
  private let files: CredentialFiles
  private let endpoint: CredentialEndpoint

  package init(
    environment: [String: String], region: String, files: any FileSystem, pool: BlockingPool,
    client: HTTPClient
  ) {
    self.environment = environment
    self.region = region
    self.files = CredentialFiles(files: files, pool: pool)
    endpoint = CredentialEndpoint(client: client, source: "web identity")
  }

  package var name: String { endpoint.source }

  package func load() async throws(ObjectStoreError) -> S3Credentials? {
    guard let path = environment["AWS_WEB_IDENTITY_TOKEN_FILE"],
      let role = environment["AWS_ROLE_ARN"]
    else { return nil }
    // Read each time: the platform replaces it.
    let token = try await files.token(path, for: name)
    let fields = [
      ("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"), ("RoleArn", role),
      ("RoleSessionName", environment["AWS_ROLE_SESSION_NAME"] ?? "varve"),
      ("WebIdentityToken", token),
    ]
    let suffix = region.hasPrefix("cn-") ? ".cn" : ""
    let url = environment["AWS_ENDPOINT_URL_STS"] ?? "https://sts.\(region).amazonaws.com\(suffix)"
    let response = try await endpoint.ask(
      .post, url + "/",
      headers: [("Content-Type", "application/x-www-form-urlencoded")],
      body: SignatureV4.queryString(fields))
    guard let response else { return nil }
    return try credentials(response, url)
  }

  private func credentials(_ response: HTTPResponse, _ url: String)
    throws(ObjectStoreError) -> S3Credentials
  {
    let document = try? XMLElement(response.body.array)
    guard response.status == 200 else {
      let error = document?.all("Error").first
      let words = "\(error?["Code"] ?? "") \(error?["Message"] ?? "")"
      throw ObjectStoreError(
        response.status >= 500 ? .unavailable : .denied, key: name,
        "\(url): HTTP \(response.status) \(words)")
    }
    let result = document?.all("AssumeRoleWithWebIdentityResult").first
    guard let found = result?.all("Credentials").first, let id = found["AccessKeyId"],
      let secret = found["SecretAccessKey"], let session = found["SessionToken"]
    else { throw ObjectStoreError(.denied, key: name, "\(url): no credentials in the answer") }
    return S3Credentials(
      accessKeyID: id, secretAccessKey: secret, sessionToken: session,
      expiresAtMilliseconds: found["Expiration"].flatMap(InternetTime.fromISO8601))
  }
}
