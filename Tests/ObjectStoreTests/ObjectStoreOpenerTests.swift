import Platform
import Testing

@testable import ObjectStore

struct ObjectStoreOpenerTests {
  private static let pool = BlockingPool(name: "opener-test", threads: 1, queueLimit: 100)

  private func opener(_ environment: [String: String] = [:]) -> ObjectStoreOpener {
    ObjectStoreOpener(
      files: PosixFileSystem(), pool: Self.pool, clock: SystemClock(), sleeper: ManualSleeper(),
      random: SystemRandom(), environment: environment)
  }

  @Test func `a directory and memory are opened by their URLs`() async throws {
    let directory = try TemporaryDirectory()
    let url = try ObjectStoreURL("file://\(directory.path)/deep/lake")
    let files = try await opener().open(url)
    defer { files.close() }
    try await files.store.put("a", text: "x")
    #expect(PosixFileSystem().exists(directory.path + "/deep/lake/a"))
    #expect(files.store.location(of: "a") == "file://\(directory.path)/deep/lake/a")
    let memory = try await opener().open(try ObjectStoreURL("memory:"))
    try await memory.store.put("a", text: "x")
  }

  @Test func `a directory that cannot be made is the operator's mistake`() async throws {
    let directory = try TemporaryDirectory()
    try PosixFileSystem().replace(directory.path + "/file", with: [1])
    let url = try ObjectStoreURL("file://\(directory.path)/file/lake")
    await #expect(throws: UsageError.self) { try await opener().open(url) }
  }

  @Test func `settings go before the environment`() async throws {
    let server = FakeServer { _, _ in .status(200, "body") }
    let environment = [
      "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_REGION": "eu-north-1",
      "AWS_ACCESS_KEY_ID": "env-id", "AWS_SECRET_ACCESS_KEY": "env-secret",
    ]
    var settings = S3Settings()
    settings.endpoint = "http://127.0.0.1:\(server.port)"
    let url = try ObjectStoreURL("s3://bucket/lake")
    let opened = try await opener(environment).open(url, s3: settings)
    _ = try await opened.store.get("a")
    opened.close()
    settings.region = "us-west-2"
    settings.accessKeyID = "set-id"
    settings.secretAccessKey = "set-secret"
    let other = try await opener(environment).open(url, s3: settings)
    _ = try await other.store.get("a")
    other.close()
    let headers = server.requests.compactMap { $0.headers["authorization"] }
    #expect(headers[0].contains("env-id/") && headers[0].contains("/eu-north-1/s3/"))
    #expect(headers[1].contains("set-id/") && headers[1].contains("/us-west-2/s3/"))
  }

  @Test func `settings without sense are the operator's mistake`() async throws {
    let url = try ObjectStoreURL("s3://bucket/lake")
    var endpoint = S3Settings()
    endpoint.endpoint = "localhost:9000"
    var half = S3Settings()
    half.accessKeyID = "id"
    var region = S3Settings()
    region.region = "eu\r\nX: y"
    for settings in [endpoint, half, region] {
      await #expect(throws: UsageError.self) { try await opener().open(url, s3: settings) }
    }
  }

  @Test func `the probe accepts stores that keep conditions and leaves nothing behind`()
    async throws
  {
    let store = MemoryStore()
    try await ObjectStoreProbe.check(store, random: SystemRandom())
    #expect(store.keys.isEmpty)
  }

  @Test func `the probe refuses a store that lets both writers win, and one without access`()
    async throws
  {
    let careless = try FakeS3 { request, _ in
      request.method == "GET" ? .status(200, "second") : .status(200, headers: ["ETag: \"t\""])
    }
    await #expect {
      try await ObjectStoreProbe.check(careless.store, random: SystemRandom())
    } throws: {
      "\($0)".contains("If-None-Match") && "\($0)".contains("overwrite")
    }
    let closed = try FakeS3 { _, _ in .error(403, "AccessDenied") }
    await #expect {
      try await ObjectStoreProbe.check(closed.store, random: SystemRandom())
    } throws: {
      "\($0)".contains("AccessDenied") && "\($0)".contains("credentials")
    }
  }
}
