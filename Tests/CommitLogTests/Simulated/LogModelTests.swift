import Platform
import Records
import Simulation
import Testing

@testable import CommitLog

/// Random operations on a log and on the simplest possible model of one, side by side. A failure
/// names the seed that repeats it.
struct LogModelTests {
  /// What was appended, and nothing about files.
  private struct Model {
    struct Batch {
      let base: Int64
      let records: Int
      let bytes: [UInt8]
      let producer: TestBatch.ProducerMark?
      var next: Int64 { base + Int64(records) }
    }

    var batches: [Batch] = []
    var start: Int64 = 0
    var synced: Int64 = 0
    /// Local deletion may reach so far.
    var deleted: Int64 = 0
    var end: Int64 { batches.last?.next ?? start }

    func batch(at offset: Int64) -> Batch? { batches.first { $0.next > offset } }

    /// The last batches of a producer, the oldest first.
    func history(_ id: Int64) -> [Batch] { batches.filter { $0.producer?.id == id }.suffix(5) }
  }

  private final class Run {
    let random: SeededRandom
    let fileSystem = SimulatedFileSystem()
    let name = TopicPartition(topic: "t", partition: PartitionID(3))
    let config: LogConfig
    var directory: LogDirectory
    var log: PartitionLog
    var model = Model()
    var epoch: Int32 = 0

    init(seed: UInt64) throws {
      random = SeededRandom(seed: seed)
      config = .small(
        segmentBytes: Int64(300 + random.below(3000)), indexIntervalBytes: random.below(600))
      directory = try LogDirectory.simulated(fileSystem, config)
      log = try directory.create([name], topicID: .zero, config: config)[0]
    }

    func step() throws {
      switch random.below(100) {
      case 0..<30: try append()
      case 30..<42: try appendTransactional()
      case 42..<48: try endTransaction()
      case 48..<70: try read()
      case 70..<78: try duplicate()
      case 78..<84: model.synced = try log.sync().rawValue
      case 84..<87: try log.roll(now: 0)
      case 87..<91: try delete()
      case 91..<93: try directory.flush()
      case 93..<97: try crash()
      case 97..<99: try restartInOrder()
      default: try restartAtOffset()
      }
      try #require(log.endOffset.rawValue == model.end)
      try #require(log.localStartOffset.rawValue <= max(model.deleted, model.start))
      try checkTransactions()
    }

    /// Compares the last stable offset and the aborted transactions of a random range.
    private func checkTransactions() throws {
      var oracle = TransactionOracle()
      for batch in model.batches { try oracle.take(batch.bytes) }
      let end = max(oracle.end, Offset(model.end))
      let stable = model.batches.isEmpty ? end : oracle.lastStable(logStart: Offset(model.start))
      try #require(log.lastStableOffset == stable)
      let start = log.localStartOffset
      guard start < stable else { return }
      let low = start + Int64(random.below(Int(stable - start)))
      let high = low + 1 + Int64(random.below(Int(stable - low)))
      try #require(
        try log.abortedTransactions(from: low, below: high)
          == oracle.aborted(from: low, below: high)
      )
    }

    /// Writes batches of a transaction, which may be open already.
    private func appendTransactional() throws {
      let id = Int64(10 + random.below(3))
      var sequence = model.history(id).last.map { $0.producer!.sequence + Int32($0.records) } ?? 0
      for _ in 0...random.below(3) {
        let records = 1 + random.below(3)
        let mark = TestBatch.ProducerMark(id: id, sequence: sequence)
        let batch = TestBatch(
          records: records, payload: random.below(300), producer: mark, isTransactional: true,
          seed: UInt8(truncatingIfNeeded: random.next()))
        let outcome = try log.append([batch], epoch: epoch)
        try #require(outcome == [.appended(baseOffset: Offset(model.end))])
        model.batches.append(
          Model.Batch(base: model.end, records: records, bytes: batch.bytes, producer: mark))
        sequence += Int32(records)
      }
    }

    private func endTransaction() throws {
      let now: Int64 = 1_700_000_000_000
      let marker = TransactionMarker(
        producerID: Int64(10 + random.below(3)), producerEpoch: 0,
        outcome: random.below(2) == 0 ? .commit : .abort, coordinatorEpoch: 0)
      let outcome = try log.endTransaction(marker, epoch: LeaderEpoch(epoch), now: now)
      try #require(outcome == .appended(baseOffset: Offset(model.end)))
      var bytes = marker.batch(timestamp: now).array
      bytes.withUnsafeMutableBytes {
        BatchHeader.place(
          $0.baseAddress!, baseOffset: Offset(model.end), leaderEpoch: LeaderEpoch(epoch))
      }
      model.batches.append(
        Model.Batch(base: model.end, records: 1, bytes: bytes, producer: nil))
    }

    private func append() throws {
      var batches: [TestBatch] = []
      var marks: [TestBatch.ProducerMark?] = []
      var sequences: [Int64: Int32] = [:]
      for _ in 0...random.below(5) {
        let records = 1 + random.below(4)
        var mark: TestBatch.ProducerMark?
        if random.below(2) == 0 {
          let id = Int64(random.below(3))
          let last = model.history(id).last
          let next = sequences[id] ?? last.map { $0.producer!.sequence + Int32($0.records) } ?? 0
          mark = TestBatch.ProducerMark(id: id, sequence: next)
          sequences[id] = next + Int32(records)
        }
        marks.append(mark)
        batches.append(
          TestBatch(
            records: records, payload: random.below(300), timestamp: Int64(random.below(1000)),
            producer: mark, seed: UInt8(truncatingIfNeeded: random.next())))
      }
      let outcomes = try log.append(batches, epoch: epoch)
      for (index, batch) in batches.enumerated() {
        try #require(outcomes[index] == .appended(baseOffset: Offset(model.end)))
        model.batches.append(
          Model.Batch(
            base: model.end, records: Int(batch.header.recordCount), bytes: batch.bytes,
            producer: marks[index]))
      }
    }

    private func read() throws {
      guard model.end > 0 else { return }
      let from = Int64(random.below(Int(model.end) + 1))
      let maxBytes = random.below(2000)
      let limitBatch = model.batches.randomElement(random)
      let limit = random.below(3) == 0 ? limitBatch?.base ?? model.end : Int64.max
      let outcome = try log.read(
        from: Offset(from), maxBytes: maxBytes, below: Offset(limit), atLeastOne: true)
      switch outcome {
      case .beforeLocalStart: #expect(from < log.localStartOffset.rawValue)
      case .beyondEnd: Issue.record("\(from) is not beyond \(model.end)")
      case .empty: #expect(from == model.end || from >= limit)
      case .slice(let slice):
        let block = try slice.read()
        let headers = batchHeaders(block)
        var offset = from
        var position = 0
        for header in headers {
          let expected = model.batch(at: offset)
          let isSame = block.array[position..<position + header.byteCount] == expected?.bytes[...]
          try #require(isSame, "other bytes at \(offset)")
          try #require(header.baseOffset.rawValue < limit)
          offset = header.nextOffset.rawValue
          position += header.byteCount
        }
        try #require(slice.count <= maxBytes || headers.count == 1)
      }
    }

    private func duplicate() throws {
      let id = Int64(random.below(3))
      let history = model.history(id)
      guard let old = history.randomElement(random) else { return }
      let again = TestBatch(records: old.records, producer: old.producer)
      #expect(
        try log.append([again], epoch: epoch) == [.duplicate(baseOffset: Offset(old.base))])
    }

    private func delete() throws {
      let below = Int64(random.below(Int(model.synced) + 1))
      if random.below(2) == 0 {
        try log.advanceLogStart(to: Offset(below))
        model.start = max(model.start, below)
        try #require(log.logStartOffset.rawValue == model.start)
      }
      model.deleted = max(model.deleted, below)
      try log.deleteSegments(below: Offset(below))
      try #require(log.localStartOffset.rawValue <= max(model.deleted, model.start))
    }

    private func crash() throws {
      if random.below(2) == 0 {
        // In the middle of something.
        fileSystem.failPower(at: fileSystem.effectCount + 1 + random.below(12))
        for _ in 0..<6 {
          if (try? append()) == nil { break }
          if (try? appendTransactional()) == nil { break }
          if random.below(3) == 0, (try? endTransaction()) == nil { break }
          if let synced = try? log.sync() { model.synced = synced.rawValue }
        }
      }
      fileSystem.restart(random)
      try reopen()
      try #require(!directory.wasCleanShutdown)
      let end = log.endOffset.rawValue
      try #require(end >= model.synced)
      model.batches.removeAll { $0.base >= end }
      // A batch whose append failed may be there all the same.
      if end > model.end { try adopt() }
      try #require(model.end == end || model.batches.isEmpty)
      model.synced = end
      epoch += 1
    }

    /// Takes what an append left that was never answered.
    private func adopt() throws {
      var next = model.end
      while case .slice(let slice) = try log.read(from: Offset(next), maxBytes: 1) {
        let block = try slice.read()
        let header = batchHeaders(block)[0]
        try #require(header.baseOffset.rawValue == next)
        let mark =
          header.hasProducerID && !header.isControl
          ? TestBatch.ProducerMark(id: header.producerID, sequence: header.baseSequence) : nil
        model.batches.append(
          Model.Batch(
            base: next, records: Int(header.recordCount), bytes: block.array, producer: mark))
        next = header.nextOffset.rawValue
      }
    }

    private func restartInOrder() throws {
      try directory.close()
      fileSystem.restart(random)
      try reopen()
      try #require(directory.wasCleanShutdown)
      model.synced = model.end
    }

    private func restartAtOffset() throws {
      let offset = model.end + Int64(random.below(50))
      try log.restart(at: Offset(offset))
      model.batches = []
      model.start = offset
      model.deleted = offset
      model.synced = offset
      try log.advanceLogStart(to: Offset(offset))
    }

    private func reopen() throws {
      directory = try LogDirectory.simulated(fileSystem, config)
      let offline = directory.offlinePartitions.values.map(\.description)
      try #require(offline.isEmpty)
      log = try #require(directory.log(of: name))
    }
  }

  @Test(arguments: 0..<30)
  func `the log does what the model does`(seed: UInt64) throws {
    let run = try Run(seed: seed)
    for _ in 0..<250 { try run.step() }
  }
}

extension Array {
  fileprivate func randomElement(_ random: SeededRandom) -> Element? {
    isEmpty ? nil : self[random.below(count)]
  }
}
