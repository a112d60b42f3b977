import ObjectStore
import Platform
import Records
import Testing

@testable import Lake

struct LakeTableTests {
  private let fixture = TableFixture()

  private func version(_ outcome: CommitOutcome) -> Int64? {
    if case .committed(let version, _) = outcome { version } else { nil }
  }

  @Test func `a new table says whose it is and has no snapshot`() async throws {
    let table = try await fixture.table()
    let metadata = await table.metadata
    #expect(table.location == "memory:/kafka/Web.Clicks-\(fixture.identity.topicID)")
    #expect(metadata.location == table.location)
    #expect(metadata.properties["gc.enabled"] == "false")
    #expect(metadata.properties["varve.cluster-id"] == "cluster-1")
    #expect(metadata.properties["varve.layout"] == "by-partition")
    #expect(metadata.currentSnapshotID == nil)
    #expect(metadata.partitionSpecs[0].fields.map(\.name) == ["kafka_partition"])
    #expect(try await fixture.memory.get(fixture.store.place.hintKey).body.array == [0x31])
    // Opening again finds the same table.
    let again = try await fixture.table()
    #expect(await again.metadata.tableUUID == metadata.tableUUID)
  }

  @Test func `a commit shows its files, its settled offsets and its hint`() async throws {
    let table = try await fixture.table()
    let request = try await fixture.request(table, [0: 0..<10, 3: 5..<7])
    let outcome = try await table.commit(request)
    #expect(version(outcome) == 2)
    let files = await table.dataFiles(of: PartitionID(0))
    #expect(files.map(\.offsets) == [0...9])
    #expect(files.map(\.path) == [request.adding[0].path])
    #expect(await table.dataFiles(of: PartitionID(1)) == [])
    let state = await table.state
    #expect(state[PartitionID(3)]?.settled == Offset(7))
    #expect(state[PartitionID(3)]?.logStart == Offset(5))
    let head = try await fixture.verify()
    #expect(head.commitID == request.commitID.description)
    #expect(head.metadata.currentSnapshot?.parentSnapshotID == nil)
    #expect(head.metadata.currentSnapshot?.summary["added-records"] == "12")
    #expect(head.settledSnapshot == head.metadata.currentSnapshotID)
    #expect(try await fixture.store.hint() == 2)
    #expect(try await fixture.orphans() == [])
    // A second opening sees the same.
    let other = try await fixture.table()
    #expect(await other.dataFiles(of: PartitionID(3)).map(\.offsets) == [5...6])
  }

  @Test func `an empty range and a log start make a version without a snapshot`() async throws {
    let table = try await fixture.table()
    _ = try await table.commit(try await fixture.request(table, [0: 0..<10]))
    var empty = CommitRequest(commitID: table.newCommitID(), epoch: 1)
    empty.settled[PartitionID(0)] = SettledRange(from: Offset(10), to: Offset(12))
    #expect(try await table.commit(empty) == .committed(version: 3, snapshotID: nil))
    let outcome = try await table.setLogStart(
      PartitionID(0), Offset(4), commitID: table.newCommitID(), epoch: 1)
    #expect(outcome == .committed(version: 4, snapshotID: nil))
    let state = await table.state
    #expect(state[PartitionID(0)]?.logStart == Offset(4))
    #expect(state[PartitionID(0)]?.settled == Offset(12))
    #expect(await table.metadata.snapshots.count == 1)
    #expect(await table.dataFiles(of: PartitionID(0)).map(\.offsets) == [0...9])
  }

  @Test func `a stale table rebases or gives up, and a higher epoch fences it`() async throws {
    let a = try await fixture.table()
    let b = try await fixture.table()
    _ = try await a.commit(try await fixture.request(a, [0: 0..<10]))
    // Another partition: rebased on A's version.
    let other = try await b.commit(try await fixture.request(b, [1: 0..<4]))
    #expect(version(other) == 3)
    // The same range again: given up.
    let twice = try await b.commit(try await fixture.request(b, [0: 0..<10]))
    #expect(twice == .abandoned(.settledMoved(PartitionID(0), to: Offset(10))))
    #expect(version(try await b.claim(epoch: 4)) == 4)
    #expect(version(try await b.claim(epoch: 4)) == 4)
    let fenced = try await a.commit(try await fixture.request(a, [0: 10..<20]))
    #expect(fenced == .fenced(epoch: 4))
    try await fixture.verify()
  }

  @Test func `a request that would lie is refused before anything is written`() async throws {
    let table = try await fixture.table()
    var request = try await fixture.request(table, [0: 0..<10])
    request.settled[PartitionID(0)]?.end = Offset(9)
    await #expect(throws: LakeError.self) { try await table.commit(request) }
    request.settled = [:]
    await #expect(throws: LakeError.self) { try await table.commit(request) }
    request = try await fixture.request(table, [0: 0..<10])
    request.adding.append(request.adding[0])
    await #expect(throws: LakeError.self) { try await table.commit(request) }
    #expect(await table.version == 1)
  }

  @Test func `an outside rollback stops settling`() async throws {
    let table = try await fixture.table()
    for start in [Int64(0), 10] {
      _ = try await table.commit(try await fixture.request(table, [0: start..<start + 10]))
    }
    var metadata = await table.metadata
    metadata.currentSnapshotID = metadata.snapshots[0].snapshotID
    metadata.references["main"] = SnapshotReference(
      snapshotID: metadata.snapshots[0].snapshotID)
    metadata.lastUpdatedMilliseconds += 10
    try await fixture.memory.put(
      fixture.store.place.versionKey(4), ByteBlock(try metadata.json()))
    await #expect(throws: LakeError.self) { try await table.refresh() }
    let request = try await fixture.request(table, [0: 20..<30])
    await #expect {
      _ = try await table.commit(request)
    } throws: {
      if case .rolledBack = $0 as? LakeError { true } else { false }
    }
  }

  @Test func `the head is found when the hint is stale, wrong or missing`() async throws {
    let table = try await fixture.table()
    for start in [Int64(0), 10, 20] {
      _ = try await table.commit(try await fixture.request(table, [0: start..<start + 10]))
    }
    let hint = fixture.store.place.hintKey
    for text in ["2", "1", "900", "x", ""] {
      try await fixture.memory.put(hint, text: text)
      #expect(try await fixture.head().version == 4, "hint '\(text)'")
    }
    try await fixture.memory.delete(hint)
    #expect(try await fixture.head().version == 4)
  }

  @Test func `time goes forward though the clock goes back`() async throws {
    let table = try await fixture.table()
    _ = try await table.commit(try await fixture.request(table, [0: 0..<10]))
    fixture.clock.setWall(milliseconds: 1_000_000)
    _ = try await table.commit(try await fixture.request(table, [0: 10..<20]))
    let metadata = try await fixture.verify().metadata
    #expect(
      metadata.snapshots[1].timestampMilliseconds
        == metadata.snapshots[0].timestampMilliseconds + 1)
  }

  @Test func `another cluster's or topic's table is refused by name`() async throws {
    _ = try await fixture.table()
    let stranger = TableIdentity(
      clusterID: "cluster-2", topic: "Web.Clicks", topicID: fixture.identity.topicID)
    await #expect {
      _ = try await LakeTable.open(stranger, in: fixture.environment())
    } throws: {
      "\($0)".contains("cluster-2")
    }
    let restored = try await LakeTable.open(
      stranger, in: fixture.environment(), isRestoring: true)
    #expect(restored != nil)
    // A name that maps to the same table name.
    let twin = TableIdentity(
      clusterID: "cluster-1", topic: "web_clicks", topicID: TopicID(high: 3, low: 3))
    await #expect {
      _ = try await LakeTable.openOrCreate(
        twin, layout: .byPartition, in: fixture.environment())
    } throws: {
      "\($0)".contains("kafka.web_clicks' belongs to topic 'Web.Clicks'")
    }
    // The same topic made anew has a table of its own, and takes the name over.
    let anew = TableIdentity(
      clusterID: "cluster-1", topic: "Web.Clicks", topicID: TopicID(high: 4, low: 4))
    let table = try await LakeTable.openOrCreate(
      anew, layout: .byPartition, in: fixture.environment())
    #expect(await table.version == 1)
  }

  @Test func `two commits of one process take turns`() async throws {
    let counting = FaultingStore(fixture.memory)
    let table = try await fixture.table(counting)
    let requests = [
      try await fixture.request(table, [0: 0..<10]), try await fixture.request(table, [1: 0..<10]),
      try await fixture.request(table, [2: 0..<10]),
    ]
    await withTaskGroup(of: CommitOutcome?.self) { group in
      for request in requests { group.addTask { try? await table.commit(request) } }
      for await outcome in group {
        if case .committed = outcome { continue }
        Issue.record("\(String(describing: outcome))")
      }
    }
    let creates = counting.operations.filter {
      $0.condition == .ifAbsent && $0.key.hasSuffix(".metadata.json")
    }
    #expect(creates.count == 4)
    try await fixture.verify()
  }

  @Test func `a probe refuses a store that lets two writers win`() async throws {
    try await StoreProbe(fixture.environment()).check()
    #expect(fixture.memory.keys == [])
    await #expect {
      try await StoreProbe(fixture.environment(BlindStore(fixture.memory))).check()
    } throws: {
      if case .storeSemantics = $0 as? LakeError { true } else { false }
    }
  }
}
