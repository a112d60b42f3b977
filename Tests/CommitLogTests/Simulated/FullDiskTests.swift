import Platform
import Records
import Simulation
import Testing

@testable import CommitLog

/// Random lives of a log on a disk that gets full again and again, beside a list of what it took. A
/// failure names the seed that repeats it.
struct FullDiskTests {
  /// A batch that is to be in the log.
  private struct Kept {
    let base: Int64
    let next: Int64
    let bytes: [UInt8]
  }

  private final class Run {
    let random: SeededRandom
    let fileSystem = SimulatedFileSystem()
    let name = TopicPartition(topic: "t", partition: PartitionID(0))
    let config: LogConfig
    var directory: LogDirectory
    var log: PartitionLog
    var kept: [Kept] = []
    /// How often the disk was too full for a batch.
    var refusals = 0

    init(seed: UInt64) throws {
      random = SeededRandom(seed: seed)
      // So small segments that rolls find no room; index entries enough to be written out at once.
      config = .small(
        segmentBytes: Int64(500 + random.below(100_000)), indexIntervalBytes: random.below(60))
      directory = try LogDirectory.simulated(fileSystem, config)
      log = try directory.create([name], topicID: .zero, config: config)[0]
    }

    func step() throws {
      switch random.below(100) {
      case 0..<50: try append()
      case 50..<65: fileSystem.setRoom(random.below(3000))
      case 65..<75: fileSystem.setRoom(nil)
      case 75..<82: _ = try unlessFull { try log.sync() }
      case 82..<86: _ = try unlessFull { try log.roll(now: 0) }
      case 86..<89: _ = try unlessFull { try directory.flush() }
      case 89..<92: try abort()
      case 92..<96: try crash()
      default: try restart()
      }
      try #require(directory.fence.failure == nil)
      try #require(log.endOffset.rawValue == kept.last?.next ?? 0)
    }

    /// What `body` gives; nil when the disk is too full for it.
    private func unlessFull<T>(_ body: () throws -> T) throws -> T? {
      do { return try body() } catch let error as StorageError {
        try #require(error.cause == .noSpace, "\(error)")
        return nil
      }
    }

    /// Appends batches, some of idempotent and transactional producers; sends them again when the
    /// disk is full, as producers do.
    private func append() throws {
      var sequences: [Int64: Int32] = [:]
      let batches = (0...random.below(6)).map { _ in
        let producer = Int64(random.below(4))
        let next = sequences[producer] ?? sequence(of: producer)
        let records = 1 + random.below(3)
        sequences[producer] = next + Int32(records)
        return TestBatch(
          records: records, payload: random.below(700), timestamp: Int64(random.below(1000)),
          producer: TestBatch.ProducerMark(id: producer, sequence: next),
          isTransactional: producer > 1, seed: UInt8(truncatingIfNeeded: random.next()))
      }
      while try unlessFull({ try take(log.append(batches, epoch: 0), batches) }) == nil {
        refusals += 1
        // Those that went to an older segment are in the log, and found there.
        adopt(batches)
        if random.below(2) == 0 { fileSystem.setRoom(nil) }
        if random.below(4) == 0 { return }
      }
    }

    private func take(_ outcomes: [AppendOutcome], _ batches: [TestBatch]) throws {
      for (outcome, batch) in zip(outcomes, batches) {
        if case .duplicate(let base) = outcome {
          let isKnown = kept.contains { $0.base == base.rawValue && $0.bytes == batch.bytes }
          try #require(isKnown)
        } else {
          try #require(outcome == .appended(baseOffset: Offset(kept.last?.next ?? 0)))
          keep(batch.bytes)
        }
      }
    }

    private func adopt(_ batches: [TestBatch]) {
      for batch in batches where (kept.last?.next ?? 0) < log.endOffset.rawValue {
        let header = batch.header
        let isOld = kept.suffix(10).contains {
          BatchHeader(unchecked: $0.bytes).producerID == header.producerID
            && BatchHeader(unchecked: $0.bytes).baseSequence == header.baseSequence
        }
        if !isOld { keep(batch.bytes) }
      }
    }

    private func keep(_ bytes: [UInt8]) {
      let header = BatchHeader(unchecked: bytes)
      let base = kept.last?.next ?? 0
      kept.append(Kept(base: base, next: base + Int64(header.recordCount), bytes: bytes))
    }

    private func sequence(of producer: Int64) -> Int32 {
      let last = kept.last { kept in
        let header = BatchHeader(unchecked: kept.bytes)
        return header.producerID == producer && !header.isControl
      }
      return last.map { BatchHeader(unchecked: $0.bytes).lastSequence + 1 } ?? 0
    }

    private func abort() throws {
      let marker = TransactionMarker(
        producerID: Int64(2 + random.below(2)), producerEpoch: 0, outcome: .abort,
        coordinatorEpoch: 0)
      let outcome = try unlessFull {
        try log.endTransaction(marker, epoch: LeaderEpoch(0), now: 5)
      }
      guard outcome != nil else { return }
      var bytes = marker.batch(timestamp: 5).array
      bytes.withUnsafeMutableBytes {
        BatchHeader.place(
          $0.baseAddress!, baseOffset: Offset(kept.last?.next ?? 0), leaderEpoch: LeaderEpoch(0))
      }
      keep(bytes)
    }

    private func crash() throws {
      let synced = log.syncedOffset
      fileSystem.restart(random)
      fileSystem.setRoom(nil)
      try reopen()
      try #require(log.endOffset >= synced)
      // Behind what was synced a batch may be there that was refused, in place of later ones.
      kept.removeAll { $0.base >= synced.rawValue }
      var next = synced
      while case .slice(let slice) = try log.read(from: next, maxBytes: 1) {
        keep(try slice.read().array)
        next = Offset(kept.last!.next)
      }
      try check()
    }

    private func restart() throws {
      fileSystem.setRoom(nil)
      try directory.close()
      fileSystem.restart(random)
      try reopen()
      try #require(directory.wasCleanShutdown)
      try check()
    }

    private func reopen() throws {
      directory = try LogDirectory.simulated(fileSystem, config)
      let offline = directory.offlinePartitions.values.map(\.description)
      try #require(offline.isEmpty)
      log = try #require(directory.log(of: name))
    }

    /// Everything that the log took is there, byte for byte, and so is what was aborted.
    func check() throws {
      var next = Offset(0)
      var oracle = TransactionOracle()
      for batch in kept {
        guard case .slice(let slice) = try log.read(from: next, maxBytes: 1) else { break }
        let block = try slice.read()
        try #require(block.array == batch.bytes, "other bytes at \(next)")
        try oracle.take(batch.bytes)
        next = Offset(batch.next)
      }
      try #require(next == log.endOffset)
      let stable = oracle.lastStable(logStart: Offset(0))
      try #require(log.lastStableOffset == stable)
      guard stable > Offset(0) else { return }
      let aborted = try log.abortedTransactions(from: Offset(0), below: stable)
      try #require(aborted == oracle.aborted(from: Offset(0), below: stable))
    }
  }

  @Test(arguments: 0..<30)
  func `a full disk refuses, and takes again when there is room`(seed: UInt64) throws {
    let run = try Run(seed: seed)
    for _ in 0..<300 { try run.step() }
    run.fileSystem.setRoom(nil)
    try run.check()
    #expect(run.refusals > 5)
  }
}

extension BatchHeader {
  /// The header of a whole batch.
  fileprivate init(unchecked bytes: [UInt8]) {
    self = bytes.withUnsafeBytes { BatchHeader(unchecked: $0.baseAddress!) }
  }
}
