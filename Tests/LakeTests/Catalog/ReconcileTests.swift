import ObjectStore
import Platform
import Records
import Testing

@testable import Lake

struct ReconcileTests {
  private let fixture: TableFixture = {
    var fixture = TableFixture()
    fixture.options.versionCount = 2
    return fixture
  }()

  /// An attempt on version 2 that crashed just before its create.
  private func attempt(_ table: LakeTable, _ range: Range<Int64>) async throws -> CommitAttempt {
    let noted = Noted()
    let request = try await fixture.request(table, [0: range])
    struct Crash: Error {}
    do {
      _ = try await table.commit(request) { (attempt) throws(LakeError) in
        noted.attempt = attempt
        throw LakeError.invalid("crash")
      }
    } catch {}
    return try #require(noted.attempt)
  }

  private func settle(_ table: LakeTable, _ range: Range<Int64>) async throws {
    let outcome = try await table.commit(try await fixture.request(table, [0: range]))
    guard case .committed = outcome else {
      Issue.record("\(outcome)")
      return
    }
  }

  @Test func `an attempt whose number is free is finished with the same bytes`() async throws {
    let table = try await fixture.table()
    let attempt = try await attempt(table, 0..<10)
    let answer = try await table.reconcile(attempt)
    #expect(answer == .committed(version: 2, snapshotID: attempt.snapshotID))
    let stored = try await fixture.memory.get(fixture.store.place.versionKey(2)).body.array
    #expect(stored == Array(attempt.metadata.utf8))
    #expect(await table.dataFiles(of: PartitionID(0)).map(\.offsets) == [0...9])
    #expect(try await fixture.store.hint() == 2)
    // Asked again, it says the same.
    #expect(try await table.reconcile(attempt) == answer)
    try await fixture.verify()
  }

  @Test func `an attempt whose number somebody else has is dead`() async throws {
    let table = try await fixture.table()
    let attempt = try await attempt(table, 0..<10)
    try await settle(table, 0..<4)
    #expect(try await table.reconcile(attempt) == .dead)
    try await settle(table, 4..<10)
    #expect(try await table.reconcile(attempt) == .dead)
  }

  @Test func `long afterwards snapshots, files and offsets tell what became of it`() async throws {
    let table = try await fixture.table()
    let dead = try await attempt(table, 0..<1_000)
    let landed = try await attempt(table, 0..<10)
    _ = try await table.reconcile(landed)
    for index in Int64(1)..<8 {
      fixture.clock.advance(milliseconds: 5_000_000)
      try await settle(table, index * 10..<index * 10 + 10)
    }
    // Version 2 is gone by now, its snapshot is there.
    #expect(try await fixture.store.version(2) == nil)
    guard case .committed = try await table.reconcile(landed) else {
      Issue.record("its snapshot is still there")
      return
    }
    #expect(try await table.reconcile(dead) == .dead)
    // A number made anew by a late write is not the table's.
    try await fixture.memory.put(
      fixture.store.place.versionKey(2), ByteBlock(Array(dead.metadata.utf8)))
    #expect(try await table.reconcile(dead) == .dead)
    fixture.clock.advance(milliseconds: 200_000_000)
    try await settle(table, 80..<90)
    #expect(try await fixture.head().snapshot(of: landed.commitID) == nil)
    // Now only its files tell.
    guard case .committed = try await table.reconcile(landed) else {
      Issue.record("its file is still there")
      return
    }
    let file = landed.dataFiles[0]
    _ = try await table.removeFiles([file], commitID: table.newCommitID(), epoch: 1)
    #expect(try await table.reconcile(landed) == .unknown)
  }

  @Test func `orphans of a dead attempt are removed and nothing else`() async throws {
    let table = try await fixture.table()
    let attempt = try await attempt(table, 0..<10)
    try await settle(table, 0..<4)
    #expect(try await table.reconcile(attempt) == .dead)
    #expect(try await fixture.orphans().count == 3)
    let keys = attempt.dataFiles.compactMap { fixture.memory.key(of: $0) }
    let left = try await table.removeOrphans(
      of: try #require(CommitID(attempt.commitID)), dataFileKeys: keys)
    #expect(left == [])
    #expect(try await fixture.orphans() == [])
    try await fixture.verify()
  }
}
