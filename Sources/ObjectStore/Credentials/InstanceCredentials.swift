import Platform

/// The role of the EC2 instance, from its metadata service, version 2 only.
///
/// `AWS_EC2_METADATA_DISABLED=true` leaves it out; `AWS_EC2_METADATA_SERVICE_ENDPOINT` moves it.
/// Nobody at the address means that this is no EC2 instance.
package struct InstanceCredentials: CredentialsSource {
  private let environment: [String: String]
  private let endpoint: CredentialEndpoint

  package init(environment: [String: String], client: HTTPClient) {
    self.environment = environment
    endpoint = CredentialEndpoint(client: client, source: "instance metadata")
  }

  package var name: String { endpoint.source }

  package func load() async throws(ObjectStoreError) -> S3Credentials? {
    if environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() == "true" { return nil }
    var base = environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] ?? "http://169.254.169.254"
    while base.hasSuffix("/") { base.removeLast() }
    let answer = try await endpoint.ask(
      .put, base + "/latest/api/token",
      headers: [("X-aws-ec2-metadata-token-ttl-seconds", "21600")], isOptional: true)
    guard let answer, answer.status == 200 else { return nil }
    let token = String(decoding: answer.body.bytes, as: UTF8.self)
    guard !token.isEmpty, !token.utf8.contains(where: { $0 < 0x20 }) else { return nil }
    let headers = [(name: "X-aws-ec2-metadata-token", value: token)]
    let list = base + "/latest/meta-data/iam/security-credentials/"
    guard let roles = try await endpoint.ask(.get, list, headers: headers), roles.status == 200,
      let role = String(decoding: roles.body.bytes, as: UTF8.self)
        .split(whereSeparator: \.isNewline).first
    else { return nil }
    let url = list + PercentEncoding.encode(String(role))
    guard let response = try await endpoint.ask(.get, url, headers: headers) else { return nil }
    return try endpoint.credentials(response, url)
  }
}
