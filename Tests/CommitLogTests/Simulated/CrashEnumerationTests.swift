import Platform
import Records
import Simulation
import Testing

@testable import CommitLog

/// Runs one life of a log, and again with the power failing at each of its effects.
struct CrashEnumerationTests {
  private let name = TopicPartition(topic: "t", partition: PartitionID(0))
  private static let config = LogConfig.small(segmentBytes: 700, indexIntervalBytes: 150)

  /// What a client may hold the log to.
  private struct Promises {
    /// Every batch ever handed in, by base offset.
    var batches: [Offset: [UInt8]] = [:]
    var isCreated = false
    var synced = Offset(0)
    /// The log start is one of these: the last acknowledged one, or the one under way.
    var logStart = Offset(0)
    var nextLogStart = Offset(0)
    /// Segments wholly below this may be gone.
    var deletable = Offset(0)
    /// Set while the log is being restarted at an offset.
    var restart: Offset?
  }

  private func open(_ fileSystem: SimulatedFileSystem) throws -> LogDirectory {
    try LogDirectory.simulated(fileSystem, Self.config)
  }

  /// The batch that belongs at `offset`: its content tells the offset, with some luck. Some belong
  /// to transactions of two producers.
  private func batch(_ offset: Offset) -> TestBatch {
    let place = Int(offset.rawValue)
    let isTransactional = place % 4 != 0
    return TestBatch(
      records: 1 + place % 3, payload: 40 + place * 37 % 90, timestamp: offset.rawValue,
      producer: isTransactional
        ? TestBatch.ProducerMark(id: 5 + offset.rawValue % 2, sequence: -1) : nil,
      isTransactional: isTransactional, seed: UInt8(truncatingIfNeeded: offset.rawValue))
  }

  /// The marker that belongs at `offset`, if one does.
  private func marker(_ offset: Offset) -> TransactionMarker? {
    guard offset.rawValue % 5 == 3 else { return nil }
    return TransactionMarker(
      producerID: 5 + offset.rawValue / 5 % 2, producerEpoch: 0,
      outcome: offset.rawValue % 3 == 0 ? .commit : .abort, coordinatorEpoch: 0)
  }

  private func append(_ log: PartitionLog, _ count: Int, _ promises: inout Promises) throws {
    var batches: [TestBatch] = []
    var next = log.endOffset
    for _ in 0..<count {
      if let marker = marker(next) {
        try log.append(batches, origin: .coordinator)
        batches = []
        var bytes = marker.batch(timestamp: 0).array
        place(&bytes, at: next)
        promises.batches[next] = bytes
        _ = try log.endTransaction(marker, epoch: LeaderEpoch(1), now: 0)
        next = next + 1
        continue
      }
      let made = batch(next)
      var bytes = made.bytes
      place(&bytes, at: next)
      promises.batches[next] = bytes
      batches.append(made)
      next = next + Int64(made.header.recordCount)
    }
    try log.append(batches, origin: .coordinator)
  }

  private func place(_ bytes: inout [UInt8], at offset: Offset) {
    bytes.withUnsafeMutableBytes {
      BatchHeader.place($0.baseAddress!, baseOffset: offset, leaderEpoch: LeaderEpoch(1))
    }
  }

  /// The procedure; it throws when the power fails.
  private func live(_ fileSystem: SimulatedFileSystem, _ promises: inout Promises) throws {
    let directory = try open(fileSystem)
    let log = try directory.create([name], topicID: TopicID(high: 1, low: 1), config: Self.config)[
      0]
    promises.isCreated = true
    for count in [3, 1, 4] {
      try append(log, count, &promises)
      promises.synced = try log.sync()
    }
    try append(log, 5, &promises)
    try directory.flush()
    promises.synced = log.syncedOffset
    try append(log, 7, &promises)
    promises.nextLogStart = Offset(6)
    promises.deletable = Offset(6)
    try log.advanceLogStart(to: Offset(6))
    promises.logStart = Offset(6)
    try log.deleteSegments(below: Offset(6))
    try append(log, 2, &promises)
    promises.synced = try log.sync()
    try append(log, 3, &promises)
    try directory.close()
    promises.synced = log.endOffset
  }

  private func verify(_ directory: LogDirectory, _ promises: Promises) throws -> PartitionLog? {
    guard let log = directory.recovered(name, isCreated: promises.isCreated) else { return nil }
    #expect(log.endOffset >= promises.synced)
    #expect(log.localStartOffset <= max(promises.deletable, promises.nextLogStart))
    #expect(
      log.logStartOffset == promises.logStart || log.logStartOffset == promises.nextLogStart)
    var next = log.localStartOffset
    while case .slice(let slice) = try log.read(from: next, maxBytes: 1) {
      let block = try slice.read()
      let header = batchHeaders(block)[0]
      #expect(header.lastOffset >= next)
      let isSame = block.array == promises.batches[header.baseOffset]
      #expect(isSame, "other bytes at \(header.baseOffset)")
      next = header.nextOffset
    }
    #expect(next == log.endOffset)
    try verifyTransactions(log, promises)
    return log
  }

  /// Open and aborted transactions are those of the batches that are left, also of those that are
  /// gone locally.
  private func verifyTransactions(_ log: PartitionLog, _ promises: Promises) throws {
    var oracle = TransactionOracle()
    while oracle.end < log.endOffset {
      try oracle.take(try #require(promises.batches[oracle.end]))
    }
    let stable = oracle.lastStable(logStart: log.logStartOffset)
    #expect(log.lastStableOffset == stable)
    let start = log.localStartOffset
    for (low, high) in [
      (start, stable), (start + 3, stable), (start, start + 4), (start + 5, stable),
    ]
    where high <= stable {
      let found = try log.abortedTransactions(from: low, below: high)
      #expect(found == (low < high ? oracle.aborted(from: low, below: high) : []))
    }
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
    // Life goes on.
    try append(log, 6, &promises)
    try directory.close()
    promises.synced = log.endOffset
    let last = try open(fileSystem)
    #expect(last.wasCleanShutdown)
    _ = try verify(last, promises)
  }

  @Test func `after a crash at any effect all that was synced is there, and a clean prefix`() throws
  {
    let fileSystem = SimulatedFileSystem()
    var promises = Promises()
    try live(fileSystem, &promises)
    let effects = fileSystem.effectCount
    #expect(effects > 60)
    for effect in 1...effects + 1 {
      try crash(at: effect, seeds: effect * 100..<effect * 100 + 4)
    }
  }

  @Test func `a crash during recovery changes nothing`() throws {
    for seed in 0..<150 {
      let random = SeededRandom(seed: UInt64(seed) + 7000)
      try crash(
        at: 10 + random.below(90), seeds: seed..<seed + 1, again: 1 + random.below(20))
    }
  }
}
