import Dispatch
import Platform
import Synchronization
import Testing

@testable import ObjectStore

/// What the store makes of servers and networks that misbehave. What it does with good ones is in
/// `S3ContractTests`.
struct S3StoreTests {
  private static let conditions: [PutCondition] = [.none, .ifAbsent, .ifMatch(etag: "t")]

  @Test func `a put carries digest, checksum, condition and encryption`() async throws {
    let fake = try FakeS3 { _, _ in .status(200, headers: ["ETag: \"tag\""]) }
    let done = try await fake.store.put("a b", text: "hello", condition: .ifAbsent)
    #expect(done == ObjectSummary(key: "a b", byteCount: 5, etag: "tag"))
    let request = try #require(fake.server.requests.first)
    #expect(request.method == "PUT")
    #expect(request.target == "/bucket/lake/a%20b")
    #expect(request.headers["if-none-match"] == "*")
    #expect(request.headers["x-amz-checksum-crc32c"] == "mnG7TA==")
    #expect(
      request.headers["x-amz-content-sha256"]
        == "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
    #expect(request.headers["expect"] == nil)
    #expect(request.headers["content-length"] == "5")
    #expect(request.headers["host"] == "127.0.0.1:\(fake.server.port)")
  }

  @Test func `an empty put and an empty post announce their length`() async throws {
    let fake = try FakeS3 { _, _ in .status(200, headers: ["ETag: \"tag\""]) }
    try await fake.store.put("a", bytes: [])
    _ = await failure { () throws(ObjectStoreError) in
      try await fake.store.createUpload("a", partByteCount: 5 << 20)
    }
    #expect(fake.server.requests.map { $0.headers["content-length"] } == ["0", "0"])
    #expect(fake.server.requests.map(\.method) == ["PUT", "POST"])
  }

  @Test(arguments: conditions)
  func `a put that is not answered in time has an unknown outcome`(condition: PutCondition)
    async throws
  {
    let fake = try FakeS3(timeoutMilliseconds: 150) { _, _ in .silence }
    let kind = await failure { () throws(ObjectStoreError) in
      try await fake.store.put("a", text: "x", condition: condition)
    }
    #expect(kind == .unknownOutcome)
    #expect(fake.server.requests.count == 1)
  }

  @Test(arguments: conditions)
  func `a put whose connection breaks has an unknown outcome`(condition: PutCondition) async throws
  {
    let fake = try FakeS3 { _, _ in .hangUp }
    let kind = await failure { () throws(ObjectStoreError) in
      try await fake.store.put("a", text: "x", condition: condition)
    }
    #expect(kind == .unknownOutcome)
  }

  @Test func `a conditional put is not repeated on a kept connection that is dead`() async throws {
    // The connection is kept after the first answer and dropped at the second request, which is
    // when libcurl would try again by itself.
    let fake = try FakeS3 { _, number in number == 1 ? .hangUp : .status(200) }
    try await fake.store.put("warm", text: "x")
    let kind = await failure { () throws(ObjectStoreError) in
      try await fake.store.put("a", text: "x", condition: .ifAbsent)
    }
    #expect(kind == .unknownOutcome)
    #expect(fake.server.requests.count == 2)
  }

  @Test func `connections are reused`() async throws {
    // Between two of its calls this test may wait for minutes behind a thousand others.
    var limits = HTTPClient.Limits()
    limits.idleConnectionSeconds = 3_600
    let fake = try FakeS3(limits: limits) { _, _ in
      .status(200, headers: ["ETag: \"tag\""], "body")
    }
    for _ in 0..<20 { _ = try await fake.store.get("a") }
    #expect(fake.server.connections == 1)
    #expect(fake.server.requests.count == 20)
  }

  @Test func `a read that is not answered is unavailable`() async throws {
    let silent = try FakeS3(timeoutMilliseconds: 150) { _, _ in .silence }
    #expect(
      await failure { () throws(ObjectStoreError) in try await silent.store.get("a") }
        == .unavailable)
    let cut = try FakeS3 { _, _ in
      .last(Array("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this".utf8))
    }
    #expect(
      await failure { () throws(ObjectStoreError) in try await cut.store.get("a") }
        == .unavailable)
  }

  @Test func `nobody there is unavailable, for writes too`() async throws {
    let fake = try FakeS3 { _, _ in .hangUp }
    var configuration = fake.store.session.configuration
    configuration.endpoint = try S3Endpoint("http://127.0.0.1:1")
    let store = S3Store(
      configuration, client: fake.client,
      credentials: CredentialsCache(
        [StaticCredentials(S3Credentials(accessKeyID: "id", secretAccessKey: "s"))],
        clock: fake.clock),
      clock: fake.clock)
    let kind = await failure { () throws(ObjectStoreError) in
      try await store.put("a", text: "x", condition: .ifAbsent)
    }
    #expect(kind == .unavailable)
  }

  @Test(arguments: [
    (503, "SlowDown", ObjectStoreError.Kind.throttled, ObjectStoreError.Kind.throttled),
    (429, "", .throttled, .throttled), (500, "InternalError", .unknownOutcome, .unavailable),
    (502, "", .unknownOutcome, .unavailable), (503, "", .unknownOutcome, .unavailable),
    (504, "", .unknownOutcome, .unavailable),
    (400, "RequestTimeout", .unknownOutcome, .unavailable),
    (403, "AccessDenied", .denied, .denied), (401, "", .denied, .denied),
    (403, "InvalidObjectState", .archived, .archived), (404, "NoSuchBucket", .invalid, .invalid),
    (404, "NoSuchKey", .notFound, .notFound),
    (412, "PreconditionFailed", .alreadyExists, .preconditionFailed),
    (409, "ConditionalRequestConflict", .unknownOutcome, .unavailable),
    (416, "InvalidRange", .invalid, .invalid), (301, "PermanentRedirect", .invalid, .invalid),
    (400, "InvalidDigest", .invalid, .invalid), (413, "", .invalid, .invalid),
  ])
  func `statuses and codes become kinds`(
    status: Int, code: String, write: ObjectStoreError.Kind, read: ObjectStoreError.Kind
  ) async throws {
    let fake = try FakeS3 { _, _ in .error(status, code) }
    let put = await failure { () throws(ObjectStoreError) in
      try await fake.store.put("a", text: "x", condition: .ifAbsent)
    }
    #expect(put == write)
    let get = await failure { () throws(ObjectStoreError) in try await fake.store.get("a") }
    #expect(get == read)
    #expect(fake.server.requests.count == 2)
  }

  @Test func `an error after a 200 fails the completion`() async throws {
    for (body, kind) in [
      ("<Error><Code>InternalError</Code></Error>", ObjectStoreError.Kind.unknownOutcome),
      ("<Error><Code>NoSuchUpload</Code></Error>", .notFound), ("", .unknownOutcome),
      ("<html>", .unknownOutcome),
    ] {
      let fake = try FakeS3 { _, _ in .status(200, body) }
      let part = UploadedPart(number: 1, etag: "t", byteCount: 1, checksum: 0)
      let found = await failure { () throws(ObjectStoreError) in
        try await fake.store.completeUpload(MultipartUpload(key: "a", id: "u"), parts: [part])
      }
      #expect(found == kind)
    }
  }

  @Test func `an answer that is too long is refused, announced or not`() async throws {
    let body = String(repeating: "x", count: 100_001)
    let announced = try FakeS3 { _, _ in .status(200, body) }
    #expect(
      await failure { () throws(ObjectStoreError) in try await announced.store.get("a") }
        == .invalid)
    let endless = try FakeS3 { _, _ in .last(Array("HTTP/1.1 200 OK\r\n\r\n\(body)".utf8)) }
    #expect(
      await failure { () throws(ObjectStoreError) in try await endless.store.get("a") }
        == .invalid)
    let headers = (0..<2_000).map { "X-\($0): \(String(repeating: "y", count: 50))" }
    let wordy = try FakeS3 { _, _ in .status(200, headers: headers) }
    #expect(
      await failure { () throws(ObjectStoreError) in try await wordy.store.head("a") }
        == .invalid)
  }

  @Test(arguments: [
    ["Content-Range: bytes 0-3/10"], ["Content-Range: bytes 5-8/4"], [], ["Content-Range: x"],
  ])
  func `another range than asked for is not taken`(headers: [String]) async throws {
    let fake = try FakeS3 { _, _ in .status(206, headers: headers, "abcd") }
    let kind = await failure { () throws(ObjectStoreError) in try await fake.store.get("a", 5..<9) }
    #expect(kind == .unavailable)
  }

  @Test func `a server that does not know ranges is coped with`() async throws {
    let fake = try FakeS3 { _, _ in .status(200, "0123456789") }
    let read = try await fake.store.get("a", 5..<9)
    #expect(read.body.array == Array("5678".utf8))
    #expect(read.start == 5)
  }

  @Test func `a body that is not what its checksum says is not taken`() async throws {
    let fake = try FakeS3 { _, _ in
      .status(200, headers: ["x-amz-checksum-crc32c: mnG7TA=="], "jello")
    }
    #expect(
      await failure { () throws(ObjectStoreError) in try await fake.store.get("a") }
        == .unavailable)
  }

  @Test func `a clock that is wrong is put right once, and stays right`() async throws {
    // The manual clock stands at 2023-11-14T22:13:20Z; the server is an hour ahead.
    let fake = try FakeS3 { request, _ in
      let isRight = request.headers["x-amz-date"]?.hasPrefix("20231114T2313") == true
      let date = "Date: Tue, 14 Nov 2023 23:13:20 GMT"
      return isRight ? .status(200, headers: [date]) : .status(403, headers: [date])
    }
    try await fake.store.put("a", text: "x", condition: .ifAbsent)
    try await fake.store.put("b", text: "x", condition: .ifAbsent)
    #expect(fake.server.requests.count == 3)
  }

  @Test func `a refusal with the right time is not asked again`() async throws {
    let fake = try FakeS3 { _, _ in
      .status(403, headers: ["Date: Tue, 14 Nov 2023 22:13:25 GMT"])
    }
    let kind = await failure { () throws(ObjectStoreError) in try await fake.store.head("a") }
    #expect(kind == .denied)
    #expect(fake.server.requests.count == 1)
  }

  @Test func `credentials that the store calls expired are renewed once`() async throws {
    final class Rotating: CredentialsSource {
      let loads = Atomic(0)
      var name: String { "rotating" }
      func load() async throws(ObjectStoreError) -> S3Credentials? {
        let number = loads.wrappingAdd(1, ordering: .relaxed).newValue
        return S3Credentials(
          accessKeyID: "id-\(number)", secretAccessKey: "s", sessionToken: "token-\(number)",
          expiresAtMilliseconds: .max)
      }
    }
    let fake = try FakeS3(credentials: [Rotating()]) { request, _ in
      request.headers["x-amz-security-token"] == "token-2"
        ? .status(200) : .error(400, "ExpiredToken")
    }
    try await fake.store.put("a", text: "x")
    #expect(
      fake.server.requests.map { $0.headers["x-amz-security-token"] } == ["token-1", "token-2"])
  }

  @Test func `a cancelled task takes its request back`() async throws {
    let fake = try FakeS3(timeoutMilliseconds: 60_000) { _, _ in .silence }
    let task = Task {
      await failure { () throws(ObjectStoreError) in try await fake.store.get("a") }
    }
    while fake.server.requests.isEmpty { await Task.yield() }
    task.cancel()
    #expect(await task.value == .cancelled)
  }

  @Test func `requests beyond the limit wait, and beyond that are throttled`() async throws {
    var limits = HTTPClient.Limits()
    limits.connections = 2
    limits.waitingLimit = 3
    // Those that are held must not time out before a machine under load has sent all others.
    limits.lowSpeedSeconds = 600
    let holder = Holder()
    let fake = try FakeS3(timeoutMilliseconds: 600_000, limits: limits) { _, _ in
      holder.wait()
      return .status(200)
    }
    let kinds = await withTaskGroup(of: ObjectStoreError.Kind?.self) { group in
      for index in 0..<20 {
        group.addTask {
          await failure { () throws(ObjectStoreError) in try await fake.store.head("a\(index)") }
        }
      }
      var kinds: [ObjectStoreError.Kind?] = []
      // The throttled ones answer while all others are held back.
      while kinds.count < 13, let kind = await group.next() { kinds.append(kind) }
      holder.open()
      for await kind in group { kinds.append(kind) }
      return kinds
    }
    let throttled = kinds.filter { $0 == .throttled }.count
    #expect((13...15).contains(throttled))
    #expect(kinds.filter { $0 == nil }.count == 20 - throttled)
    #expect(fake.server.connections <= 2)
  }

  @Test func `a listing of foreign keys only goes on to the next page`() async throws {
    let fake = try FakeS3 { request, _ in
      let isSecond = request.target.contains("start-after=lake%2Fx%2F%2Fy")
      let key = isSecond ? "lake%2Fours" : "lake%2Fx%2F%2Fy"
      return .status(
        200,
        """
        <ListBucketResult><IsTruncated>\(!isSecond)</IsTruncated><EncodingType>url</EncodingType>
        <Contents><Key>\(key)</Key><Size>3</Size></Contents></ListBucketResult>
        """)
    }
    let page = try await fake.store.list(prefix: "", after: nil, limit: 1)
    #expect(page.objects.map(\.key) == ["ours"])
    #expect(page.isTruncated == false)
    #expect(fake.server.requests.count == 2)
  }

  @Test(arguments: [
    "", "<ListBucketResult>", "<Other/>", "{}",
    "<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>",
    "<ListBucketResult><Contents><Key>a</Key><Size>-1</Size></Contents></ListBucketResult>",
    "<ListBucketResult><Contents><Size>1</Size></Contents></ListBucketResult>",
    "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
  ])
  func `a listing without sense is unavailable`(body: String) async throws {
    let fake = try FakeS3 { _, _ in .status(200, body) }
    let kind = await failure { () throws(ObjectStoreError) in
      try await fake.store.list(prefix: "", after: nil, limit: 10)
    }
    #expect(kind == .unavailable)
  }

  @Test func `keys that deleteMany could not remove are answered`() async throws {
    let fake = try FakeS3 { _, _ in
      .status(
        200,
        """
        <DeleteResult><Error><Key>lake/a</Key><Code>AccessDenied</Code></Error>
        <Error><Key>lake/b</Key><Code>InternalError</Code></Error>
        <Error><Key>lake/c</Key><Code>NoSuchKey</Code></Error></DeleteResult>
        """)
    }
    let failures = try await fake.store.deleteMany(["a", "b", "c", "d"])
    #expect(failures.map(\.key) == ["a", "b"])
    #expect(failures.map(\.kind) == [.denied, .unknownOutcome])
    #expect(fake.server.requests[0].headers["content-md5"] != nil)
  }
}

/// Holds threads back until it is opened.
private final class Holder: Sendable {
  private let isOpen = DispatchSemaphore(value: 0)
  func open() { isOpen.signal() }
  func wait() {
    isOpen.wait()
    isOpen.signal()
  }
}
