import Lake
import ObjectStore
import Platform
import Records
import Simulation
import Testing

@testable import Tiering

struct PageIndexFilesTests {
  /// A lake of so many files of 100 records each, and nothing local.
  private func settled(
    files: Int, in store: GatedStore = GatedStore(MemoryStore()), keeping limit: Int = 100
  ) async throws -> TieredFixture {
    var limits = ColdReader.Limits()
    limits.indexFiles = limit
    let fixture = try TieredFixture(store: store, limits: limits)
    for _ in 0..<files {
      try fixture.produce(100)
      try await fixture.settleAll()
    }
    return fixture
  }

  /// Ends a broker, and starts another on its disk and its lake.
  private func restarted(_ fixture: TieredFixture) async throws -> TieredFixture {
    try fixture.directory.close()
    let next = try TieredFixture(store: fixture.store, fileSystem: fixture.fileSystem)
    try await next.settleAll()
    return next
  }

  private func indexes(_ fixture: TieredFixture) throws -> [String] {
    try fixture.fileSystem.list("\(fixture.root)/indexes").map(\.name).sorted()
  }

  /// Requests that it takes to read everything.
  private func requests(_ fixture: TieredFixture, _ store: GatedStore) async throws -> Int64 {
    let before = store.reads.current
    let entries = try await fixture.consume()
    #expect(entries.count == Int(fixture.log.endOffset.rawValue))
    return store.reads.current - before
  }

  @Test func `a restart finds the indexes, and asks the store for pages alone`() async throws {
    let store = GatedStore(MemoryStore())
    let fixture = try await settled(files: 4, in: store)
    let first = try await requests(fixture, store)
    #expect(try indexes(fixture).count == 4)
    let again = try await requests(restarted(fixture), store)
    #expect(again == first - 4)
  }

  @Test(arguments: [0, 40]) func `what a crash tore is read from the store again`(
    size: Int64
  ) async throws {
    let store = GatedStore(MemoryStore())
    let fixture = try await settled(files: 2, in: store)
    let first = try await requests(fixture, store)
    for name in try indexes(fixture) {
      let path = "\(fixture.root)/indexes/\(name)"
      let file = try fixture.fileSystem.open(path, .readWrite)
      try file.truncate(to: size)
      _ = try fixture.fileSystem.open(path + ".tmp", .truncate)
    }
    let next = try await restarted(fixture)
    #expect(try await requests(next, store) == first)
    // They are whole again, and what was half written is gone.
    #expect(try indexes(next).allSatisfy { !$0.hasSuffix(".tmp") })
    #expect(try await requests(restarted(next), store) == first - 2)
  }

  @Test func `no more than the limit are kept, and none with a limit of 0`() async throws {
    let fixture = try await settled(files: 8, keeping: 3)
    _ = try await fixture.consume()
    #expect(try indexes(fixture).count == 3)
    let without = try await settled(files: 2, keeping: 0)
    _ = try await without.consume()
    #expect(!without.fileSystem.exists("\(without.root)/indexes"))
  }
}
