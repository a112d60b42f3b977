import Platform
import Testing

@testable import ObjectStore

struct DirectoryStoreTests {
  static let pool = BlockingPool(name: "store-test", threads: 4, queueLimit: 1_000)

  private func store(_ path: String) throws -> DirectoryStore {
    try DirectoryStore(
      root: path, files: PosixFileSystem(), random: SystemRandom(), pool: Self.pool)
  }

  @Test(arguments: ObjectStoreContract.all)
  func `a directory keeps the contract`(behaviour: ObjectStoreContract) async throws {
    let directory = try TemporaryDirectory()
    try await behaviour.check(.init(try store(directory.path)))
  }

  @Test func `two stores on one directory see each other's objects and race fairly`() async throws {
    let directory = try TemporaryDirectory()
    let a = try store(directory.path)
    let b = try store(directory.path)
    try await a.put("x", text: "from a")
    #expect(try await b.get("x").body.array == Array("from a".utf8))
    for round in 0..<20 {
      let wins = await withTaskGroup(of: Int.self) { group in
        for racer in [a, b, a, b] {
          group.addTask {
            let kind = await failure { () throws(ObjectStoreError) in
              try await racer.put("race-\(round)", bytes: [1], condition: .ifAbsent)
            }
            return kind == nil ? 1 : 0
          }
        }
        return await group.reduce(0, +)
      }
      #expect(wins == 1)
    }
  }

  @Test func `temporary files are not listed, and those of a dead process are removed`()
    async throws
  {
    let directory = try TemporaryDirectory()
    let files = PosixFileSystem()
    let first = try store(directory.path)
    let temporary = directory.path + "/.varve-store/temporary"
    // What a killed process leaves: a lock file nobody holds, and its folder.
    try files.makeDirectory(temporary + "/dead")
    files.make(temporary + "/dead.lock")
    files.make(temporary + "/dead/half-written")
    let living = try first.scratch.write([ByteBlock([1, 2, 3])])
    try await first.put("a", bytes: [1])
    #expect(try await first.listAll(prefix: "").map(\.key) == ["a"])
    let second = try store(directory.path)
    #expect(!files.exists(temporary + "/dead"))
    #expect(!files.exists(temporary + "/dead.lock"))
    #expect(files.exists(living))
    #expect(try await second.listAll(prefix: "").map(\.key) == ["a"])
  }

  @Test func `a put leaves no temporary file, whether it succeeds or not`() async throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory.path)
    try await store.put("a", bytes: [1])
    _ = await failure { () throws(ObjectStoreError) in
      try await store.put("a", bytes: [1], condition: .ifAbsent)
    }
    _ = await failure { () throws(ObjectStoreError) in
      try await store.put("a/b", bytes: [1])
    }
    _ = await failure { () throws(ObjectStoreError) in
      try await store.put("a", bytes: [1], condition: .ifMatch(etag: "x"))
    }
    let files = PosixFileSystem()
    let temporary = directory.path + "/.varve-store/temporary"
    for entry in try files.list(temporary) where entry.isDirectory {
      #expect(try files.list(temporary + "/" + entry.name).isEmpty)
    }
  }

  @Test func `an object cannot be a folder too`() async throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory.path)
    try await store.put("a", bytes: [1])
    let below = await failure { () throws(ObjectStoreError) in
      try await store.put("a/b", bytes: [1])
    }
    #expect(below == .invalid)
    try await store.put("c/d", bytes: [1])
    let above = await failure { () throws(ObjectStoreError) in
      try await store.put("c", bytes: [1])
    }
    #expect(above == .invalid)
    try await store.delete("c")
    #expect(try await store.exists("c/d"))
  }

  @Test func `an upload id that points elsewhere is refused`() async throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory.path)
    try await store.put("precious/key", bytes: [1])
    let hostile = MultipartUpload(key: "x", id: "../../precious")
    let kind = await failure { () throws(ObjectStoreError) in
      try await store.abortUpload(hostile)
    }
    #expect(kind != nil)
    #expect(try await store.exists("precious/key"))
  }

  @Test func `a full queue throttles`() async throws {
    let directory = try TemporaryDirectory()
    let pool = BlockingPool(name: "tiny", threads: 1, queueLimit: 0)
    defer { pool.stop() }
    let store = try DirectoryStore(
      root: directory.path, files: PosixFileSystem(), random: SystemRandom(), pool: pool)
    let kind = await failure { () throws(ObjectStoreError) in try await store.get("a") }
    #expect(kind == .throttled)
  }
}

extension PosixFileSystem {
  /// An empty file.
  fileprivate func make(_ path: String) { try? open(path, .createNew).close() }
}
