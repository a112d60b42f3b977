import Platform

@testable import ObjectStore

/// An `S3Store` in front of a `FakeServer`.
final class FakeS3: Sendable {
  let server: FakeServer
  let client: HTTPClient
  let store: S3Store
  let clock: ManualClock

  init(
    timeoutMilliseconds: Int64 = 5_000, prefix: String = "lake",
    limits: HTTPClient.Limits = HTTPClient.Limits(),
    credentials: [any CredentialsSource] = [
      StaticCredentials(S3Credentials(accessKeyID: "id", secretAccessKey: "secret"))
    ],
    _ reply: @escaping @Sendable (FakeServer.Request, Int) -> FakeServer.Reply
  ) throws {
    server = FakeServer(reply)
    client = HTTPClient(limits: limits)
    clock = ManualClock()
    var configuration = try S3Configuration(try ObjectStoreURL("s3://bucket/\(prefix)"))
    configuration.endpoint = try S3Endpoint("http://127.0.0.1:\(server.port)")
    configuration.requestTimeoutMilliseconds = timeoutMilliseconds
    configuration.extraMillisecondsPerMebibyte = 0
    configuration.maximumResponseByteCount = 100_000
    store = S3Store(
      configuration, client: client, credentials: CredentialsCache(credentials, clock: clock),
      clock: clock)
  }

  deinit { client.stop() }
}
