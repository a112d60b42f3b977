import Foundation
import Platform
import Testing

@testable import ObjectStore

/// The contract on real servers: moto always, Ceph's radosgw when `VARVE_TEST_RADOSGW` holds its
/// endpoint (`tools/check --full` sets it).
struct S3ContractTests {
  static let client = HTTPClient()

  static func store(
    _ endpoint: String, _ credentials: S3Credentials, bucket: String = "lake",
    prefix: String = ""
  ) throws -> S3Store {
    var configuration = try S3Configuration(
      try ObjectStoreURL("s3://\(bucket)" + (prefix.isEmpty ? "" : "/\(prefix)")))
    configuration.endpoint = try S3Endpoint(endpoint)
    let clock = SystemClock()
    return S3Store(
      configuration, client: client,
      credentials: CredentialsCache([StaticCredentials(credentials)], clock: clock), clock: clock)
  }

  private func moto(bucket: String = "lake", prefix: String = "") throws -> S3Store {
    let server = try #require(
      MotoServer.shared, "moto does not start from .deps/venv: run tools/setup")
    return try Self.store(server.endpoint, server.credentials, bucket: bucket, prefix: prefix)
  }

  @Test(arguments: ObjectStoreContract.all)
  func `moto keeps the contract`(behaviour: ObjectStoreContract) async throws {
    var subject = ObjectStoreContract.Subject(try moto(prefix: "deep/er prefix"), isFast: false)
    subject.knowsAbortedUploads = false
    try await behaviour.check(subject)
  }

  @Test func `a wrong secret is denied`() async throws {
    let server = try #require(MotoServer.shared)
    let wrong = S3Credentials(
      accessKeyID: server.credentials.accessKeyID, secretAccessKey: "wrong")
    let store = try Self.store(server.endpoint, wrong)
    let kind = await failure { () throws(ObjectStoreError) in try await store.put("a", text: "x") }
    #expect(kind == .denied)
  }

  @Test func `a missing bucket is the operator's mistake, not a missing object`() async throws {
    let store = try moto(bucket: "no-such-bucket")
    let kind = await failure { () throws(ObjectStoreError) in try await store.get("a") }
    #expect(kind == .invalid)
  }

  @Test func `stores with different prefixes do not see each other`() async throws {
    let one = try moto(prefix: "one")
    let two = try moto(prefix: "one-more")
    try await one.put("a", text: "1")
    try await two.put("a", text: "2")
    #expect(try await one.get("a").body.array == Array("1".utf8))
    #expect(try await one.listAll(prefix: "").map(\.key) == ["a"])
    try await one.delete("a")
    #expect(try await two.exists("a"))
    #expect(one.location(of: "a") == "s3://lake/one/a")
  }

  static let radosgw = ProcessInfo.processInfo.environment["VARVE_TEST_RADOSGW"]

  @Test(.enabled(if: radosgw != nil), arguments: ObjectStoreContract.all)
  func `Ceph's radosgw keeps the contract`(behaviour: ObjectStoreContract) async throws {
    let credentials = S3Credentials(
      accessKeyID: "testkey", secretAccessKey: "testsecret0123456789")
    let store = try Self.store(try #require(Self.radosgw), credentials, prefix: "lake/x y")
    try await Self.makeBucket(store)
    var subject = ObjectStoreContract.Subject(store)
    subject.knowsAbortedUploads = false
    try await behaviour.check(subject)
  }

  /// Creates the store's bucket; fine when it is there.
  static func makeBucket(_ store: S3Store) async throws {
    do throws(ObjectStoreError) {
      _ = try await store.session.send(S3Session.Request(.put))
    } catch {
      let isThere = error.context.contains("BucketAlready") || error.kind == .unavailable
      if !isThere { throw error }
    }
  }
}
