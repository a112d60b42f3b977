import Platform

/// Asks a local or an AWS server for credentials.
struct CredentialEndpoint: Sendable {
  let client: HTTPClient
  let source: String

  /// Sends a request; answers nil when nobody is there, throws for other failures of the network.
  func ask(
    _ method: HTTPRequest.Method, _ url: String, headers: [(name: String, value: String)] = [],
    body: String = "", isOptional: Bool = false
  ) async throws(ObjectStoreError) -> HTTPResponse? {
    var request = HTTPRequest(method, url)
    request.headers = headers
    if !body.isEmpty { request.body = [ByteBlock(Array(body.utf8))] }
    request.responseLimit = FlatJSON.byteLimit
    // The local endpoints are near: who does not answer at once is not there.
    request.connectTimeoutMilliseconds = isOptional ? 1_000 : 5_000
    request.totalTimeoutMilliseconds = 5_000
    switch await client.send(request) {
    case .success(let response): return response
    case .failure(.notSent) where isOptional: return nil
    case .failure(let failure):
      throw S3Failure.error(failure, url, key: source, isWrite: false)
    }
  }

  /// Reads the JSON that the container endpoint and the instance metadata answer with.
  func credentials(_ response: HTTPResponse, _ url: String)
    throws(ObjectStoreError) -> S3Credentials
  {
    guard response.status == 200 else {
      let isPassing = response.status >= 500 || response.status == 429
      throw ObjectStoreError(
        isPassing ? .unavailable : .denied, key: source, "\(url): HTTP \(response.status)")
    }
    guard let strings = FlatJSON(response.body.array)?.strings,
      let id = strings["AccessKeyId"], let secret = strings["SecretAccessKey"], !id.isEmpty,
      !secret.isEmpty
    else { throw ObjectStoreError(.denied, key: source, "\(url): no credentials in the answer") }
    return S3Credentials(
      accessKeyID: id, secretAccessKey: secret, sessionToken: strings["Token"],
      expiresAtMilliseconds: strings["Expiration"].flatMap(InternetTime.fromISO8601))
  }
}
