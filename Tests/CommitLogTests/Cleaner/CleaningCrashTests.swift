import Platform
import Records
import Simulation
import Testing

@testable import CommitLog

/// Runs the life of a compacted log, and again with the power failing at each of its effects.
struct CleaningCrashTests {
  private static let now: Int64 = 1_700_000_000_000
  private static let config = LogConfig.compacted(segmentBytes: 450, deleteRetention: 1000)
  private let name = TopicPartition(topic: "t", partition: PartitionID(0))

  /// What a consumer of committed records may hold the log to.
  private struct Promises {
    /// Every record of the log that was not aborted, by offset.
    var records: [Int64: StoredRecord] = [:]
    var isCreated = false
    var synced = Offset(0)
    /// Tombstones may be gone.
    var areTombstonesOver = false
    var sequence: Int32 = 0
  }

  private func open(_ fileSystem: SimulatedFileSystem) throws -> LogDirectory {
    try LogDirectory.simulated(fileSystem, Self.config)
  }

  private func note(_ records: [KeyedRecord], at base: Offset, _ promises: inout Promises) {
    for (index, record) in records.enumerated() {
      let offset = base.rawValue + Int64(index)
      promises.records[offset] = StoredRecord(
        offset: offset, key: record.key, value: record.value, timestamp: record.timestamp)
    }
  }

  private func put(
    _ log: PartitionLog, _ keys: Range<Int>, _ value: String?, _ promises: inout Promises
  ) throws {
    let records = keys.map { KeyedRecord("k\($0 % 5)", value) }
    note(records, at: log.endOffset, &promises)
    try log.put(records, compression: log.endOffset.rawValue % 2 == 0 ? .none : .lz4)
  }

  private func transact(
    _ log: PartitionLog, _ key: String, _ outcome: TransactionMarker.Outcome,
    _ promises: inout Promises
  ) throws {
    let records = [KeyedRecord(key, "\(outcome)"), KeyedRecord("t", "\(outcome)")]
    if outcome == .commit { note(records, at: log.endOffset, &promises) }
    let mark = TestBatch.ProducerMark(id: 7, sequence: promises.sequence)
    promises.sequence += 2
    try log.append([try KeyedBatch(records, producer: mark, isTransactional: true)])
    try log.end(outcome, producer: 7)
  }

  /// The procedure; it throws when the power fails.
  private func live(_ fileSystem: SimulatedFileSystem, _ promises: inout Promises) throws {
    let directory = try open(fileSystem)
    let log = try directory.create([name], topicID: TopicID(high: 1, low: 1), config: Self.config)[
      0]
    promises.isCreated = true
    try put(log, 0..<4, "first", &promises)
    try transact(log, "k1", .abort, &promises)
    try transact(log, "k2", .commit, &promises)
    try put(log, 1..<3, nil, &promises)
    promises.synced = try log.sync()
    try transact(log, "k3", .abort, &promises)
    try put(log, 3..<6, "second", &promises)
    try log.roll(now: Self.now)
    _ = try log.clean(.small(), now: Self.now)
    promises.synced = max(promises.synced, log.syncedOffset)
    try put(log, 0..<3, "third", &promises)
    try log.roll(now: Self.now)
    try put(log, 4..<6, nil, &promises)
    promises.areTombstonesOver = true
    _ = try log.clean(.small(mapKeys: 2), now: Self.now + 2000)
    _ = try log.clean(.small(), now: Self.now + 2000)
    promises.synced = try log.sync()
    try directory.close()
    promises.synced = log.endOffset
  }

  private func verify(_ directory: LogDirectory, _ promises: Promises) throws -> PartitionLog? {
    guard let log = directory.recovered(name, isCreated: promises.isCreated) else { return nil }
    #expect(log.endOffset >= promises.synced)
    let segments = log.segments
    for (segment, next) in zip(segments, segments.dropFirst()) {
      #expect(segment.endOffset == next.baseOffset)
    }
    let strays = try directory.fileSystem.list("/data/\(name)").map(\.name).filter {
      $0.hasSuffix(".cleaned") || $0.hasSuffix(".swap") || $0.hasSuffix(".deleted")
    }
    #expect(strays.isEmpty)
    let found = try log.consume(isCommitted: true)
    #expect(found.allSatisfy { $0 == promises.records[$0.offset] })
    #expect(found.map(\.offset) == found.map(\.offset).sorted())
    // The last of each key is there, and so is all that is not superseded.
    let visible = promises.records.values.filter { $0.offset < log.lastStableOffset.rawValue }
    var latest: [String: StoredRecord] = [:]
    for record in visible.sorted(by: { $0.offset < $1.offset }) { latest[record.key!] = record }
    let there = Set(found.map(\.offset))
    for record in latest.values where record.value != nil || !promises.areTombstonesOver {
      let isThere = there.contains(record.offset)
      #expect(isThere, "\(record) is lost")
    }
    return log
  }

  /// Lets the power fail at one effect, starts again for each seed, and checks what is left;
  /// `again` lets it fail once more at that effect of the recovery.
  private func crash(at effect: Int, seeds: Range<Int>, again: Int? = nil) throws {
    var promises = Promises()
    let crashed = CrashedDisk(at: effect) { try live($0, &promises) }
    for seed in seeds {
      let fileSystem = crashed.restarted(seed: UInt64(seed), again: again) { _ = try open($0) }
      try goOn(fileSystem, promises)
    }
  }

  private func goOn(_ fileSystem: SimulatedFileSystem, _ promises: Promises) throws {
    var promises = promises
    let directory = try open(fileSystem)
    guard let log = try verify(directory, promises) else { return }
    // Life goes on, from what is there.
    promises.records = promises.records.filter { $0.key < log.endOffset.rawValue }
    // A transaction whose marker was lost is ended, as its coordinator would.
    if log.hasOpenTransaction(ofProducer: 7) {
      let start = log.lastStableOffset.rawValue
      promises.records[start] = nil
      promises.records[start + 1] = nil
      try log.end(.abort, producer: 7)
    }
    try put(log, 0..<2, "afterwards", &promises)
    try log.roll(now: Self.now)
    promises.areTombstonesOver = true
    while try log.clean(.small(), now: Self.now + 5000) != nil {}
    _ = try verify(directory, promises)
    try directory.close()
    promises.synced = log.endOffset
    _ = try verify(try open(fileSystem), promises)
  }

  @Test func `after a crash at any effect no record is lost and no segment is half there`() throws {
    let fileSystem = SimulatedFileSystem()
    var promises = Promises()
    try live(fileSystem, &promises)
    let effects = fileSystem.effectCount
    #expect(effects > 150)
    for effect in 1...effects + 1 {
      try crash(at: effect, seeds: effect * 100..<effect * 100 + 3)
    }
  }

  @Test func `a crash while the exchange is finished changes nothing`() throws {
    let fileSystem = SimulatedFileSystem()
    var promises = Promises()
    try live(fileSystem, &promises)
    let effects = fileSystem.effectCount
    for seed in 0..<250 {
      let random = SeededRandom(seed: UInt64(seed) + 7000)
      try crash(
        at: effects / 3 + random.below(effects * 2 / 3), seeds: seed..<seed + 1,
        again: 1 + random.below(20))
    }
  }
}
