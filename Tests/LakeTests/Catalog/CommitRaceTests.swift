import ObjectStore
import Platform
import Records
import Testing

@testable import Lake

/// Many writers on one table over stores that lose answers, deny successes and write late.
struct CommitRaceTests {
  private static let end: Int64 = 60

  /// A writer of its own: its own client, its own faults, its own memory of the table.
  private struct Writer {
    let fixture: TableFixture
    let faulting: FaultingStore
    let store: any ObjectStore
    let random: SeededRandom

    init(_ fixture: TableFixture, seed: UInt64, _ rates: FaultChances.Rates) {
      self.fixture = fixture
      random = SeededRandom(seed: seed)
      faulting = FaultingStore(
        fixture.memory, FaultChances(rates, random: SeededRandom(seed: seed &* 31)))
      var policy = RetryPolicy()
      policy.budget = 1_000_000
      policy.maximumAttempts = 30
      store = RetryingStore(
        faulting, policy: policy, clock: fixture.clock, sleeper: ManualSleeper(), random: random)
    }

    /// Settles all partitions to the end, in small ranges, against everybody else.
    func run() async throws {
      let table = try await LakeTable.openOrCreate(
        fixture.identity, layout: .byPartition,
        in: LakeEnvironment(
          store: store, clock: fixture.clock, sleeper: ManualSleeper(), random: random,
          logger: Logger(part: "test", minimum: .error)), options: fixture.options)
      while true {
        let state = try await table.refresh()
        var ranges: [Int32: Range<Int64>] = [:]
        for partition in Int32(0)..<3 where random.below(2) == 0 || state.partitions.isEmpty {
          let start = state[PartitionID(partition)]?.settled.rawValue ?? 0
          guard start < CommitRaceTests.end else { continue }
          ranges[partition] = start..<start + 1 + Int64(random.below(12))
        }
        let isDone =
          (0..<3).allSatisfy {
            state[PartitionID($0)]?.settled ?? Offset(0) >= Offset(CommitRaceTests.end)
          }
        if isDone { return }
        if !ranges.isEmpty { try await settle(table, ranges) }
      }
    }

    private func settle(_ table: LakeTable, _ ranges: [Int32: Range<Int64>]) async throws {
      let request = try await fixture.request(table, ranges, store: store)
      let noted = Noted()
      let outcome = try await table.commit(request) { attempt in noted.attempt = attempt }
      switch outcome {
      case .committed: return
      case .fenced: Issue.record("fenced by one's own epoch")
      case .abandoned: try await drop(table, request)
      case .unknown:
        while true {
          switch try await table.reconcile(try #require(noted.attempt)) {
          case .committed: return
          case .dead: return try await drop(table, request)
          case .unknown: continue
          }
        }
      }
    }

    private func drop(_ table: LakeTable, _ request: CommitRequest) async throws {
      let keys = request.adding.compactMap { fixture.memory.key(of: $0.path) }
      _ = try await table.removeOrphans(of: request.commitID, dataFileKeys: keys)
    }
  }

  private func race(_ fixture: TableFixture, seed: UInt64, _ rates: FaultChances.Rates)
    async throws
  {
    let writers = (0..<8).map { Writer(fixture, seed: seed &* 100 + UInt64($0), rates) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in writers { group.addTask { try await writer.run() } }
      try await group.waitForAll()
    }
    for writer in writers { await writer.faulting.landLateWrites() }
    let head = try await fixture.verify()
    for partition in Int32(0)..<3 {
      let files = try await fixture.files(head).filter {
        $0.kafkaPartitions == partition...partition
      }
      let settled = head.state[PartitionID(partition)]?.settled.rawValue ?? 0
      #expect(files.reduce(0) { $0 + $1.recordCount } == settled)
      #expect(settled >= Self.end)
    }
  }

  @Test(arguments: [UInt64(1), 2])
  func `eight writers settle each range once, none twice and none not`(seed: UInt64) async throws {
    try await race(TableFixture(seed: seed), seed: seed, FaultChances.Rates())
  }

  @Test(arguments: [UInt64(4)])
  func `the same with a bad store and merging all the time`(seed: UInt64) async throws {
    var fixture = TableFixture(seed: seed)
    fixture.options.smallManifestCount = 3
    var rates = FaultChances.Rates()
    rates.losesAnswer = 80
    rates.deniesOwnSuccess = 80
    rates.landsLate = 60
    rates.failsBefore = 60
    try await race(fixture, seed: seed, rates)
  }

  @Test func `one's own success is known though the store says 412`() async throws {
    let fixture = TableFixture()
    _ = try await fixture.table()
    let denying = FaultingStore(
      fixture.memory,
      FaultScript {
        $0.kind == .put && $0.key.hasSuffix("v2.metadata.json") ? .deniesOwnSuccess : .none
      })
    let table = try await fixture.table(denying)
    let request = try await fixture.request(table, [0: 0..<10])
    let outcome = try await table.commit(request)
    let snapshot = try await fixture.head().metadata.currentSnapshotID
    #expect(outcome == .committed(version: 2, snapshotID: snapshot))
    try await fixture.verify()
  }

  @Test func `a put that lands late is met by the same bytes and counts once`() async throws {
    let fixture = TableFixture()
    _ = try await fixture.table()
    let once = Once()
    let late = FaultingStore(
      fixture.memory,
      FaultScript {
        $0.kind == .put && $0.key.hasSuffix("v2.metadata.json") && once.take()
          ? .landsLate(after: 1) : .none
      })
    let table = try await fixture.table(late)
    let outcome = try await table.commit(try await fixture.request(table, [0: 0..<10]))
    guard case .committed(2, _) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    let next = try await table.commit(try await fixture.request(table, [0: 10..<20]))
    guard case .committed(3, _) = next else {
      Issue.record("\(next)")
      return
    }
    try await fixture.verify()
  }

  @Test func `a store that never answers leaves the outcome unknown and every file`()
    async throws
  {
    var fixture = TableFixture()
    fixture.options.patienceMilliseconds = 50
    _ = try await fixture.table()
    let lost = FaultingStore(
      fixture.memory,
      FaultScript {
        $0.kind == .put && $0.key.hasSuffix("v2.metadata.json") ? .failsBefore : .none
      })
    let blocked = try #require(
      try await LakeTable.open(
        fixture.identity,
        in: LakeEnvironment(
          store: lost, clock: fixture.clock, sleeper: ManualSleeper(clock: fixture.clock),
          random: fixture.random, logger: fixture.environment().logger), options: fixture.options))
    let noted = Noted()
    let request = try await fixture.request(blocked, [0: 0..<10])
    let outcome = try await blocked.commit(request) { noted.attempt = $0 }
    #expect(outcome == .unknown(version: 2))
    for file in request.adding {
      #expect(fixture.memory.keys.contains(try #require(fixture.memory.key(of: file.path))))
    }
    // Somebody else takes the number: then, and only then, it is dead.
    let other = try await fixture.table()
    _ = try await other.commit(try await fixture.request(other, [0: 0..<7]))
    let fresh = try await fixture.table()
    #expect(try await fresh.reconcile(try #require(noted.attempt)) == .dead)
    try await fixture.verify()
  }

  @Test func `a higher epoch in between fences, a lower one makes a commit give up`()
    async throws
  {
    for (epoch, expected) in [
      (Int64(9), CommitOutcome.fenced(epoch: 9)), (2, .abandoned(.epochChanged(2))),
    ] {
      let fixture = TableFixture()
      let rival = try await fixture.table()
      _ = try await rival.claim(epoch: 2)
      let table = try await fixture.table()
      let request = try await fixture.request(table, [0: 0..<10], epoch: 5)
      let rivals = CommitRequest(
        commitID: rival.newCommitID(), epoch: epoch, logStarts: [PartitionID(7): Offset(0)])
      // Just before the create, the other writer commits.
      let outcome = try await table.commit(request) { _ in _ = try? await rival.commit(rivals) }
      #expect(outcome == expected)
    }
  }
}
