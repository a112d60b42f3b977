import ObjectStore
import Platform
import Records
import Testing

@testable import Lake

/// Merging of manifests, removal of files, expiry of snapshots, clean-up of versions.
struct TableUpkeepTests {
  private static let partition = PartitionID(0)
  private static let hour: Int64 = 3_600_000

  private func settle(_ table: LakeTable, _ fixture: TableFixture, count: Int) async throws {
    for _ in 0..<count {
      let start = await table.state[Self.partition]?.settled.rawValue ?? 0
      let outcome = try await table.commit(
        try await fixture.request(table, [0: start..<start + 10]))
      guard case .committed = outcome else {
        Issue.record("\(outcome)")
        return
      }
      fixture.clock.advance(milliseconds: 60_000)
    }
  }

  @Test func `small manifests are merged and their entries keep where they come from`()
    async throws
  {
    var fixture = TableFixture()
    fixture.options.smallManifestCount = 5
    let table = try await fixture.table()
    try await settle(table, fixture, count: 20)
    let head = try await fixture.verify()
    let snapshot = try #require(head.metadata.currentSnapshot)
    let manifests = try await fixture.store.manifests(of: snapshot)
    #expect(manifests.count <= 7)
    var seen: [Int64: Int64] = [:]
    for manifest in manifests {
      for entry in try await fixture.store.entries(of: manifest) {
        let first = try #require(entry.file.offsets?.lowerBound)
        #expect(entry.status == .existing || entry.snapshotID == manifest.addedSnapshotID)
        #expect(entry.sequenceNumber == first / 10 + 1)
        #expect(entry.fileSequenceNumber == first / 10 + 1)
        seen[first] = entry.snapshotID
      }
      #expect(manifest.minimumSequenceNumber >= 1)
    }
    #expect(seen.count == 20)
    #expect(Set(seen.values).count == 20)
    for snapshot in head.metadata.snapshots {
      let first = (snapshot.sequenceNumber - 1) * 10
      #expect(seen[first] == snapshot.snapshotID)
    }
    #expect(
      await table.dataFiles(of: Self.partition).map(\.offsets.lowerBound)
        == (0..<20).map { $0 * 10 })
  }

  @Test func `merging fills manifests up to the wanted size`() {
    var options = TableOptions()
    options.smallManifestCount = 3
    options.manifestByteCount = 1_000
    func manifest(_ index: Int, _ byteCount: Int64, spec: Int32 = 0) -> ManifestFile {
      var file = ManifestFile(
        path: "m\(index)", byteCount: byteCount, spec: ManifestTests.byPartition, entries: [],
        snapshotID: 1, sequenceNumber: Int64(index))
      file.specID = spec
      return file
    }
    let few = (0..<3).map { manifest($0, 100) }
    #expect(MergePlan.groups(few, options) == [])
    let many =
      [manifest(0, 900), manifest(1, 400), manifest(2, 400), manifest(3, 400), manifest(4, 100)]
      + [manifest(5, 10, spec: 1), manifest(6, 10, spec: 1), manifest(7, 499, spec: 2)]
    let groups = MergePlan.groups(many, options).map { $0.map(\.path) }
    #expect(groups == [["m1", "m2"], ["m3", "m4"], ["m5", "m6"]])
  }

  @Test func `removed files leave the table at once and the store when nothing names them`()
    async throws
  {
    var fixture = TableFixture()
    fixture.options.expiryBatchCount = 1
    let table = try await fixture.table()
    try await settle(table, fixture, count: 4)
    let files = await table.dataFiles(of: Self.partition)
    let gone = files[1].path
    let outcome = try await table.removeFiles(
      [files[0].path, gone], commitID: table.newCommitID(), epoch: 1)
    guard case .committed(_, .some) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(await table.dataFiles(of: Self.partition).map(\.offsets) == [20...29, 30...39])
    let head = try await fixture.verify()
    let summary = try #require(head.metadata.currentSnapshot?.summary)
    #expect(summary["operation"] == "delete")
    #expect(summary["deleted-data-files"] == "2")
    #expect(summary["deleted-records"] == "20")
    #expect(summary["total-records"] == "20")
    let key = try #require(fixture.memory.key(of: gone))
    #expect(fixture.memory.keys.contains(key))
    // Again: it is gone.
    let again = try await table.removeFiles([gone], commitID: table.newCommitID(), epoch: 1)
    #expect(again == .abandoned(.inputGone(gone)))
    // The next commit carries no deleted entries.
    try await settle(table, fixture, count: 1)
    for manifest in try await fixture.store.manifests(
      of: try #require(try await fixture.head().metadata.currentSnapshot))
    {
      #expect(manifest.deletedFileCount == 0)
    }
    fixture.clock.advance(milliseconds: 25 * Self.hour)
    try await settle(table, fixture, count: 1)
    #expect(!fixture.memory.keys.contains(key))
    #expect(try await fixture.verify().metadata.snapshots.count == 2)
    #expect(try await fixture.orphans() == [])
  }

  @Test func `a file that a fetch holds stays until it is let go`() async throws {
    var fixture = TableFixture()
    fixture.options.expiryBatchCount = 1
    let held = Once()
    _ = try await fixture.table()
    let table = try #require(
      try await LakeTable.open(
        fixture.identity, in: fixture.environment(), options: fixture.options,
        isHeld: { $0.hasSuffix(".parquet") && held.take() }))
    try await settle(table, fixture, count: 2)
    let file = try #require(await table.dataFiles(of: Self.partition).first)
    let key = try #require(fixture.memory.key(of: file.path))
    _ = try await table.removeFiles([file.path], commitID: table.newCommitID(), epoch: 1)
    fixture.clock.advance(milliseconds: 25 * Self.hour)
    try await settle(table, fixture, count: 1)
    #expect(fixture.memory.keys.contains(key))
    try await settle(table, fixture, count: 1)
    #expect(!fixture.memory.keys.contains(key))
  }

  @Test func `replaced files keep the rows and say so`() async throws {
    let fixture = TableFixture()
    let table = try await fixture.table()
    try await settle(table, fixture, count: 3)
    let old = await table.dataFiles(of: Self.partition).prefix(2)
    var request = CommitRequest(commitID: table.newCommitID(), epoch: 1)
    let key = table.newDataFileKey(Self.partition, request.commitID, 0)
    try await fixture.memory.put(key, text: "merged")
    request.adding = [fixture.file(key, 0, 0..<20)]
    request.removing = old.map(\.path)
    guard case .committed = try await table.commit(request) else {
      Issue.record("not committed")
      return
    }
    #expect(await table.dataFiles(of: Self.partition).map(\.offsets) == [0...19, 20...29])
    let summary = try await fixture.verify().metadata.currentSnapshot?.summary
    #expect(summary?["operation"] == "replace")
    #expect(summary?["total-records"] == "30")
  }

  @Test func `a removal that races a merge recomputes its manifests`() async throws {
    var fixture = TableFixture()
    fixture.options.smallManifestCount = 2
    let a = try await fixture.table()
    let b = try await fixture.table()
    try await settle(a, fixture, count: 6)
    try await b.refresh()
    let files = await b.dataFiles(of: Self.partition)
    let next = try await fixture.request(a, [0: 60..<70])
    let outcome = try await b.removeFiles(
      [files[0].path, files[5].path], commitID: b.newCommitID(), epoch: 1
    ) { attempt in
      if attempt.version == 8 { _ = try? await a.commit(next) }
    }
    guard case .committed(9, _) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(
      await b.dataFiles(of: Self.partition).map(\.offsets.lowerBound)
        == [10, 20, 30, 40, 60])
  }

  @Test func `old versions go after an hour and a hundred, oldest first, never the hinted one`()
    async throws
  {
    var fixture = TableFixture()
    fixture.options.versionCount = 10
    let table = try await fixture.table()
    try await settle(table, fixture, count: 40)
    // Nothing is an hour old yet.
    #expect(try await fixture.verify().metadata.metadataLog.count == 40)
    try await settle(table, fixture, count: 40)
    let log = try await fixture.verify().metadata.metadataLog
    // 60 minutes of versions, one a minute, and the one that was superseded an hour ago.
    #expect((60...62).contains(log.count))
    fixture.clock.advance(milliseconds: 100 * Self.hour)
    try await settle(table, fixture, count: 2)
    #expect(try await fixture.verify().metadata.metadataLog.count == 10)
    #expect(try await fixture.orphans() == [])
    // With a hint that stands still nothing at or above it is removed.
    try await fixture.memory.put(fixture.store.place.hintKey, text: "75")
    await table.collect([fixture.store.place.versionKey(75), fixture.store.place.versionKey(80)])
    #expect(fixture.memory.keys.contains(fixture.store.place.versionKey(80)))
  }

  @Test func `a quiet table is cleared of what was removed from it`() async throws {
    let fixture = TableFixture()
    let table = try await fixture.table()
    try await settle(table, fixture, count: 2)
    let file = try #require(await table.dataFiles(of: Self.partition).first)
    let key = try #require(fixture.memory.key(of: file.path))
    _ = try await table.removeFiles([file.path], commitID: table.newCommitID(), epoch: 1)
    fixture.clock.advance(milliseconds: 30 * Self.hour)
    #expect(await !table.isUpkeepDue)
    fixture.clock.advance(milliseconds: 20 * Self.hour)
    #expect(await table.isUpkeepDue)
    let outcome = try await table.upkeep(commitID: table.newCommitID(), epoch: 1)
    #expect(outcome == .committed(version: 5, snapshotID: nil))
    #expect(await !table.isUpkeepDue)
    #expect(!fixture.memory.keys.contains(key))
    #expect(await table.dataFiles(of: Self.partition).map(\.offsets) == [10...19])
    try await fixture.verify()
    #expect(try await fixture.orphans() == [])
  }

  @Test func `versions that a crash left are removed at the next opening`() async throws {
    var fixture = TableFixture()
    fixture.options.versionCount = 2
    let table = try await fixture.table()
    try await settle(table, fixture, count: 3)
    let first = try await fixture.memory.get(fixture.store.place.versionKey(1)).body
    let second = try await fixture.memory.get(fixture.store.place.versionKey(2)).body
    fixture.clock.advance(milliseconds: 10 * Self.hour)
    try await settle(table, fixture, count: 1)
    #expect(try await fixture.store.version(2) == nil)
    try await fixture.memory.put(fixture.store.place.versionKey(1), first)
    try await fixture.memory.put(fixture.store.place.versionKey(2), second)
    _ = try await fixture.table()
    #expect(try await fixture.verify().version == 5)
    #expect(try await fixture.orphans() == [])
  }

  @Test func `the layout says how long snapshots are kept`() async throws {
    let fixture = TableFixture()
    var layout = LakeLayout.byPartition
    layout.snapshotExpiryMilliseconds = 2 * Self.hour
    _ = try await fixture.table(layout: layout)
    let table = try await fixture.table()
    #expect(table.options.snapshotAgeMilliseconds == 2 * Self.hour)
  }

  @Test func `snapshots of branches and broken lines do not expire`() {
    var metadata = TableMetadataTests.sample()
    let options = TableOptions()
    metadata.snapshots = (1...40).map {
      Snapshot(
        snapshotID: $0, parentSnapshotID: $0 == 1 ? nil : $0 - 1, sequenceNumber: $0,
        timestampMilliseconds: $0, manifestList: "l", summary: [:], schemaID: 0)
    }
    metadata.currentSnapshotID = 40
    let now = options.snapshotAgeMilliseconds + 20
    func expired(_ now: Int64) -> [Int64] {
      ExpiryPlan.snapshots(metadata, nowMilliseconds: now, options).map(\.snapshotID)
    }
    #expect(expired(now) == Array(1...19))
    #expect(expired(now - 5) == [])
    #expect(expired(now * 3) == Array(1...39))
    metadata.references["tag"] = SnapshotReference(snapshotID: 18, type: "tag")
    #expect(expired(now) == Array(1...17))
    metadata.references["tag"] = SnapshotReference(snapshotID: 1, type: "tag")
    #expect(expired(now) == [])
    metadata.references = [:]
    metadata.snapshots[30].parentSnapshotID = 3
    #expect(expired(now) == [])
  }
}
