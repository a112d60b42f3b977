import Platform
import Synchronization
import Testing

@testable import ObjectStore

struct CredentialsTests {
  private let pool = BlockingPool(name: "credentials-test", threads: 1, queueLimit: 10)

  private func profile(
    credentials: String?, config: String?, environment: [String: String] = [:],
    profile: String? = nil, _ check: (ProfileCredentials) async throws -> Void
  ) async throws {
    let directory = try TemporaryDirectory()
    let files = PosixFileSystem()
    try files.makeDirectory(directory.path + "/.aws")
    if let credentials {
      try files.replace(directory.path + "/.aws/credentials", with: Array(credentials.utf8))
    }
    if let config { try files.replace(directory.path + "/.aws/config", with: Array(config.utf8)) }
    var environment = environment
    environment["HOME"] = directory.path
    try await check(
      ProfileCredentials(environment: environment, profile: profile, files: files, pool: pool))
  }

  @Test func `the environment needs both halves`() async throws {
    #expect(try await EnvironmentCredentials([:]).load() == nil)
    #expect(try await EnvironmentCredentials(["AWS_ACCESS_KEY_ID": ""]).load() == nil)
    let half = EnvironmentCredentials(["AWS_ACCESS_KEY_ID": "id"])
    #expect(await failure { () throws(ObjectStoreError) in try await half.load() } == .denied)
    let whole = EnvironmentCredentials([
      "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token",
    ])
    #expect(
      try await whole.load()
        == S3Credentials(accessKeyID: "id", secretAccessKey: "secret", sessionToken: "token"))
  }

  @Test func `a profile's keys come from the credentials file, then from the config file`()
    async throws
  {
    let credentials = """
      # comment
      [default]
      aws_access_key_id = id1
      AWS_SECRET_ACCESS_KEY=a=b/c+d  ; not part of it
      s3 =
        nested = ignored
      [other]
      aws_access_key_id=id2
      aws_secret_access_key=s2#3
      aws_session_token = t2
      """
    let config = """
      [default]
      region = eu-west-1
      aws_access_key_id = shadowed
      [profile third]
      region=us-west-2
      aws_access_key_id=id3
      aws_secret_access_key=s3
      """
    try await profile(credentials: credentials, config: config) { source in
      let found = try await source.load()
      #expect(found == S3Credentials(accessKeyID: "id1", secretAccessKey: "a=b/c+d"))
      #expect(try await source.region() == "eu-west-1")
    }
    try await profile(credentials: credentials, config: config, profile: "other") { source in
      let found = try await source.load()
      #expect(
        found == S3Credentials(accessKeyID: "id2", secretAccessKey: "s2#3", sessionToken: "t2"))
    }
    let environment = ["AWS_PROFILE": "third"]
    try await profile(credentials: credentials, config: config, environment: environment) {
      source async throws in
      #expect(try await source.load()?.accessKeyID == "id3")
      #expect(try await source.region() == "us-west-2")
    }
  }

  @Test func `a default profile may be missing, a named one may not`() async throws {
    try await profile(credentials: nil, config: nil) { source async throws in
      #expect(try await source.load() == nil)
    }
    try await profile(credentials: "[default]\n", config: nil, profile: "x") { source in
      #expect(await failure { () throws(ObjectStoreError) in try await source.load() } == .denied)
    }
    try await profile(credentials: "[default]\naws_access_key_id=x", config: nil) { source in
      #expect(await failure { () throws(ObjectStoreError) in try await source.load() } == .denied)
    }
  }

  /// Gives credentials that last, or fails.
  private final class Source: CredentialsSource {
    let name = "source"
    let answers: Mutex<[Result<S3Credentials?, ObjectStoreError>]>
    let loads = Atomic(0)
    init(_ answers: [Result<S3Credentials?, ObjectStoreError>]) { self.answers = Mutex(answers) }
    func load() async throws(ObjectStoreError) -> S3Credentials? {
      loads.add(1, ordering: .relaxed)
      return try answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }.get()
    }
  }

  private func lasting(_ id: String, until: Int64?) -> S3Credentials {
    S3Credentials(accessKeyID: id, secretAccessKey: "s", expiresAtMilliseconds: until)
  }

  @Test func `the first place that has any wins, and is asked once`() async throws {
    let empty = Source([.success(nil)])
    let full = Source([.success(lasting("a", until: nil))])
    let never = Source([.success(lasting("b", until: nil))])
    let cache = CredentialsCache([empty, full, never], clock: ManualClock())
    for _ in 0..<3 { #expect(try await cache.credentials().accessKeyID == "a") }
    #expect(full.loads.load(ordering: .relaxed) == 1)
    #expect(never.loads.load(ordering: .relaxed) == 0)
  }

  @Test func `no place at all is denied, naming the places`() async {
    let cache = CredentialsCache(
      [EnvironmentCredentials([:]), Source([.success(nil)])], clock: ManualClock())
    do {
      _ = try await cache.credentials()
      Issue.record("found some")
    } catch {
      #expect(error.kind == .denied)
      #expect(error.description.contains("environment, source"))
    }
  }

  @Test func `credentials are renewed early, and old ones serve while renewing fails`()
    async throws
  {
    let clock = ManualClock(wallMilliseconds: 0)
    let hour: Int64 = 3_600_000
    let down = ObjectStoreError(.unavailable, key: "source", "down")
    let source = Source([
      .success(lasting("a", until: hour)), .failure(down), .success(lasting("b", until: 2 * hour)),
      .failure(down),
    ])
    let cache = CredentialsCache([source], clock: clock)
    #expect(try await cache.credentials().accessKeyID == "a")
    clock.advance(milliseconds: hour - 6 * 60_000)
    #expect(try await cache.credentials().accessKeyID == "a")
    #expect(source.loads.load(ordering: .relaxed) == 1)
    clock.advance(milliseconds: 2 * 60_000)
    #expect(try await cache.credentials().accessKeyID == "a")
    #expect(try await cache.credentials().accessKeyID == "b")
    #expect(source.loads.load(ordering: .relaxed) == 3)
    clock.advance(milliseconds: 2 * hour)
    #expect(
      await failure { () throws(ObjectStoreError) in try await cache.credentials() }
        == .unavailable)
  }
}
