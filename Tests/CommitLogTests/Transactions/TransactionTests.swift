import Platform
import Records
import Simulation
import Testing

@testable import CommitLog

struct TransactionTests {
  /// A batch of a transaction, with one record.
  private func batch(_ id: Int64, _ sequence: Int32, epoch: Int16 = 0) -> TestBatch {
    TestBatch(
      producer: TestBatch.ProducerMark(id: id, epoch: epoch, sequence: sequence),
      isTransactional: true)
  }

  private func plain(_ id: Int64, _ sequence: Int32) -> TestBatch {
    TestBatch(producer: TestBatch.ProducerMark(id: id, sequence: sequence))
  }

  @Test func `the last stable offset stays at the oldest open transaction`() throws {
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let log = try directory.log()
    #expect(log.lastStableOffset == Offset(0))
    try log.append([TestBatch(records: 5)])
    #expect(log.lastStableOffset == Offset(5))
    try log.append([batch(1, 0), batch(2, 0), TestBatch(), batch(1, 1)])
    #expect(log.lastStableOffset == Offset(5))
    #expect(log.hasOpenTransaction(ofProducer: 1))
    #expect(log.hasOpenTransaction(ofProducer: 1, epoch: 0))
    #expect(!log.hasOpenTransaction(ofProducer: 1, epoch: 1))
    #expect(try log.end(1, .commit) == .appended(baseOffset: Offset(9)))
    #expect(log.lastStableOffset == Offset(6))
    #expect(!log.hasOpenTransaction(ofProducer: 1))
    try log.end(2, .abort)
    #expect(log.lastStableOffset == Offset(11))
    #expect(log.lastStableOffset == log.endOffset)
  }

  @Test func `a read of committed records ends at the last stable offset`() throws {
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let log = try directory.log()
    try log.append([TestBatch(), batch(1, 0), TestBatch(), TestBatch()])
    let headers = try log.readAll(from: Offset(0), below: log.lastStableOffset)
    #expect(headers.map(\.baseOffset.rawValue) == [0])
    try log.end(1, .abort)
    #expect(try log.readAll(from: Offset(0), below: log.lastStableOffset).count == 5)
  }

  @Test func `aborted transactions are found by the range they touch, across segments`() throws {
    // 101-byte batches: five to a segment.
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let log = try directory.log(.small(segmentBytes: 505))
    try log.append([batch(1, 0), batch(2, 0), TestBatch(), TestBatch(), batch(1, 1), TestBatch()])
    try log.append([batch(3, 0)])
    try log.end(3, .abort)
    for _ in 0..<5 { try log.append([TestBatch()]) }
    try log.end(1, .abort)
    try log.end(2, .commit)
    let three = AbortedTransaction(
      producerID: 3, firstOffset: Offset(6), lastOffset: Offset(7), lastStableOffset: Offset(0))
    let one = AbortedTransaction(
      producerID: 1, firstOffset: Offset(0), lastOffset: Offset(13), lastStableOffset: Offset(1))
    func found(_ start: Int64, _ end: Int64) throws -> [AbortedTransaction] {
      try log.abortedTransactions(from: Offset(start), below: Offset(end))
    }
    #expect(log.segments.count > 2)
    #expect(try found(0, 15) == [three, one])
    #expect(try found(0, 6) == [one])
    #expect(try found(0, 7) == [three, one])
    #expect(try found(7, 9) == [three, one])
    #expect(try found(8, 15) == [one])
    #expect(try found(13, 15) == [one])
    #expect(try found(14, 15) == [])
    #expect(try found(5, 5) == [])
  }

  @Test func `a search ends where no later abort can matter`() throws {
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let log = try directory.log(.small(segmentBytes: 505))
    for sequence in 0..<20 {
      try log.append([batch(1, Int32(sequence))])
      try log.end(1, .abort)
    }
    #expect(
      try log.abortedTransactions(from: Offset(4), below: Offset(6)).map(\.firstOffset.rawValue)
        == [4])
    #expect(
      try log.abortedTransactions(from: Offset(5), below: Offset(9)).map(\.firstOffset.rawValue)
        == [4, 6, 8])
  }

  @Test func `the index of aborted transactions has Kafka's form`() throws {
    let directory = try TemporaryDirectory()
    let log = try directory.log()
    try log.append([TestBatch(), batch(0x0102, 0)])
    try log.end(0x0102, .abort)
    try log.close()
    let bytes = try directory.fileSystem.readAll("\(directory.path)/00000000000000000000.txnindex")
    let number: (UInt8) -> [UInt8] = { [0, 0, 0, 0, 0, 0, 0, $0] }
    #expect(
      bytes == [0, 0, 0, 0, 0, 0, 0, 0, 1, 2] + number(1) + number(2) + number(3))
  }

  @Test func `a segment without aborted transactions has no index of them`() throws {
    let directory = try TemporaryDirectory()
    let log = try directory.log(.small(segmentBytes: 505))
    for sequence in 0..<8 { try log.append([batch(1, Int32(sequence))]) }
    try log.end(1, .commit)
    try log.close()
    #expect(try !directory.names.contains { $0.hasSuffix(".txnindex") })
  }

  // MARK: What is refused

  @Test func `no batch begins a transaction without a valid guard`() throws {
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let log = try directory.log()
    func append(_ batch: TestBatch, _ verification: VerificationGuard?) throws -> AppendOutcome {
      defer { withExtendedLifetime(batch) {} }
      return try log.append(
        [BatchAppend(bytes: batch.memory, header: batch.header, verification: verification)],
        epoch: LeaderEpoch(1), now: 0)[0]
    }
    #expect(try append(batch(1, 0), nil) == .invalidTransactionState)
    let early = log.verificationGuard()
    #expect(try append(batch(1, 0), early) == .appended(baseOffset: Offset(0)))
    // While it is open none is needed.
    #expect(try append(batch(1, 1), nil) == .appended(baseOffset: Offset(1)))
    let late = log.verificationGuard()
    try log.end(1, .abort)
    // The answer of the coordinator was out of date when the batch came.
    #expect(try append(batch(1, 2), early) == .invalidTransactionState)
    #expect(try append(batch(1, 2), late) == .invalidTransactionState)
    #expect(log.lastStableOffset == log.endOffset)
    #expect(
      try append(batch(1, 2), log.verificationGuard()) == .appended(baseOffset: Offset(3)))
  }

  @Test func `a marker voids the guard of a producer that the log has not met`() throws {
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let log = try directory.log()
    let verification = log.verificationGuard()
    try log.end(1, .abort)
    let late = batch(1, 0)
    defer { withExtendedLifetime(late) {} }
    let outcome = try log.append(
      [BatchAppend(bytes: late.memory, header: late.header, verification: verification)],
      epoch: LeaderEpoch(1), now: 0)
    #expect(outcome == [.invalidTransactionState])
  }

  @Test func `a transaction takes no other batches of its producer`() throws {
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let log = try directory.log()
    try log.append([batch(1, 0)])
    #expect(try log.append([plain(1, 1)]) == [.invalidTransactionState])
    #expect(try log.append([plain(2, 0)]) == [.appended(baseOffset: Offset(1))])
    try log.end(1, .commit)
    #expect(try log.append([plain(1, 1)]) == [.appended(baseOffset: Offset(3))])
  }

  @Test func `markers fence older epochs of the producer and of the coordinator`() throws {
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let log = try directory.log()
    try log.append([batch(1, 0, epoch: 3)])
    #expect(try log.end(1, .abort, epoch: 2) == .invalidProducerEpoch)
    #expect(log.lastStableOffset == Offset(0))
    // Transactions V2: the marker's epoch is the next transaction's.
    #expect(
      try log.end(1, .abort, epoch: 4, coordinatorEpoch: 5) == .appended(baseOffset: Offset(1)))
    #expect(log.lastStableOffset == Offset(2))
    #expect(try log.append([batch(1, 1, epoch: 3)]) == [.invalidProducerEpoch])
    #expect(try log.end(1, .commit, epoch: 4, coordinatorEpoch: 4) == .coordinatorFenced)
    #expect(try log.append([batch(1, 1, epoch: 4)]) == [.outOfOrderSequence])
    #expect(try log.append([batch(1, 0, epoch: 4)]) == [.appended(baseOffset: Offset(2))])
    #expect(
      try log.end(1, .commit, epoch: 4, coordinatorEpoch: 5) == .appended(baseOffset: Offset(3)))
  }

  @Test func `with transactions V2 an unknown producer begins with 0`() throws {
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let log = try directory.log()
    #expect(try log.append([batch(1, 3)], origin: .clientV2) == [.outOfOrderSequence])
    #expect(
      try log.append([batch(1, 0)], origin: .clientV2) == [.appended(baseOffset: Offset(0))])
    #expect(try log.append([batch(2, 3)]) == [.appended(baseOffset: Offset(1))])
  }

  @Test func `a coordinator's batches need no sequence numbers`() throws {
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let log = try directory.log()
    #expect(
      try log.append([batch(1, -1), batch(1, -1)], origin: .coordinator)
        == [.appended(baseOffset: Offset(0)), .appended(baseOffset: Offset(1))])
    #expect(log.lastStableOffset == Offset(0))
    try log.end(1, .commit)
    #expect(log.lastStableOffset == Offset(3))
  }

  @Test func `producers with an open transaction neither expire nor are evicted`() throws {
    var config = LogConfig()
    config.producerLimit = 16
    config.producerExpirationMilliseconds = 1000
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let log = try directory.log(config)
    try log.append([batch(1000, 0)], now: 0)
    for id in 0..<100 { try log.append([plain(Int64(id), 0)], now: Int64(10 + id)) }
    #expect(log.producerCount <= 16)
    try log.rollIfDue(now: 1_000_000)
    #expect(log.producerCount == 1)
    #expect(log.hasOpenTransaction(ofProducer: 1000))
    #expect(log.lastStableOffset == Offset(0))
    #expect(
      log.producers == [
        ProducerDescription(
          producerID: 1000, producerEpoch: 0, lastSequence: 0, lastTimestamp: 1_700_000_000_000,
          coordinatorEpoch: -1, transactionStart: Offset(0))
      ])
  }

  @Test func `a guard does not outlive the marker of a producer that was forgotten`() throws {
    var config = LogConfig()
    config.producerExpirationMilliseconds = 1000
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let log = try directory.log(config)
    let verification = log.verificationGuard()
    try log.end(1, .abort)
    try log.rollIfDue(now: 1_700_000_100_000)
    #expect(log.producerCount == 0)
    let late = batch(1, 0)
    defer { withExtendedLifetime(late) {} }
    let outcome = try log.append(
      [BatchAppend(bytes: late.memory, header: late.header, verification: verification)],
      epoch: LeaderEpoch(1), now: 0)
    #expect(outcome == [.invalidTransactionState])
  }

  // MARK: What outlives a stop

  @Test(arguments: [true, false])
  func `transactions outlive a stop`(isClean: Bool) throws {
    let directory = try TemporaryDirectory()
    let config = LogConfig.small(segmentBytes: 505)
    var log = try directory.log(config)
    for sequence in 0..<4 { try log.append([batch(1, Int32(sequence)), TestBatch()]) }
    try log.end(1, .abort, coordinatorEpoch: 7)
    for sequence in 0..<6 { try log.append([TestBatch(), batch(2, Int32(sequence))]) }
    let aborted = try log.abortedTransactions(from: Offset(0), below: Offset(9))
    let producers = log.producers
    if isClean { try log.close() } else { try log.sync() }
    log = try directory.log(config, recoveryPoint: isClean ? nil : Offset(0))
    #expect(aborted.count == 1)
    #expect(try log.abortedTransactions(from: Offset(0), below: Offset(9)) == aborted)
    #expect(log.lastStableOffset == Offset(10))
    #expect(log.producers == producers)
    #expect(try log.append([batch(2, 6)]) == [.appended(baseOffset: Offset(21))])
    #expect(try log.end(2, .abort, coordinatorEpoch: 0) == .appended(baseOffset: Offset(22)))
    #expect(
      try log.abortedTransactions(from: Offset(9), below: Offset(23)).map(\.firstOffset.rawValue)
        == [10])
  }

  @Test func `a damaged index of aborted transactions is made anew`() throws {
    for damage in [[UInt8](), Array(repeating: 0xff, count: 34), Array(repeating: 1, count: 33)] {
      let directory = try TemporaryDirectory()
      let config = LogConfig.small(segmentBytes: 505)
      var log = try directory.log(config)
      for sequence in 0..<12 {
        try log.append([batch(1, Int32(sequence)), TestBatch()])
        if sequence % 3 == 2 { try log.end(1, .abort) }
      }
      let all = try log.abortedTransactions(from: Offset(0), below: log.endOffset)
      #expect(all.count == 4)
      try log.close()
      let names = try directory.names.filter { $0.hasSuffix(".txnindex") }
      #expect(names.count > 1)
      for name in names {
        let path = "\(directory.path)/\(name)"
        if damage.isEmpty {
          let bytes = try directory.fileSystem.readAll(path)
          try directory.fileSystem.replace(path, with: Array(bytes.dropLast()))
        } else {
          try directory.fileSystem.replace(path, with: damage)
        }
      }
      log = try directory.log(config)
      #expect(try log.abortedTransactions(from: Offset(0), below: log.endOffset) == all)
      try log.close()
      log = try directory.log(config)
      #expect(try log.abortedTransactions(from: Offset(0), below: log.endOffset) == all)
    }
  }

  @Test func `local deletion keeps what is known of open transactions`() throws {
    let directory = try TemporaryDirectory()
    let config = LogConfig.small(segmentBytes: 505)
    var log = try directory.log(config)
    try log.append([batch(1, 0), batch(2, 0)])
    for _ in 0..<20 { try log.append([TestBatch()]) }
    try log.end(2, .abort)
    for _ in 0..<5 { try log.append([TestBatch()]) }
    try log.sync()
    try log.deleteSegments(below: Offset(15))
    #expect(log.localStartOffset > Offset(10))
    #expect(log.lastStableOffset == Offset(0))
    // As after a crash: the snapshot at the new start is all that tells of the transactions.
    log = try directory.log(config, recoveryPoint: log.localStartOffset, logStartOffset: Offset(0))
    #expect(log.lastStableOffset == Offset(0))
    #expect(log.hasOpenTransaction(ofProducer: 1))
    try log.end(1, .abort)
    let start = log.localStartOffset
    #expect(
      try log.abortedTransactions(from: start, below: log.endOffset).map(\.producerID) == [2, 1])
  }

  @Test func `a log start above an open transaction is stable`() throws {
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let log = try directory.log()
    try log.append([batch(1, 0), TestBatch(), TestBatch()])
    try log.advanceLogStart(to: Offset(2))
    #expect(log.lastStableOffset == Offset(2))
    try log.end(1, .commit)
    #expect(log.lastStableOffset == Offset(4))
  }

  @Test func `a restarted log has no transactions`() throws {
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let log = try directory.log()
    try log.append([batch(1, 0)])
    let verification = log.verificationGuard()
    try log.restart(at: Offset(50))
    #expect(log.lastStableOffset == Offset(50))
    #expect(try log.end(1, .abort) == .appended(baseOffset: Offset(50)))
    #expect(try log.abortedTransactions(from: Offset(50), below: Offset(51)) == [])
    let late = batch(1, 1)
    defer { withExtendedLifetime(late) {} }
    let outcome = try log.append(
      [BatchAppend(bytes: late.memory, header: late.header, verification: verification)],
      epoch: LeaderEpoch(1), now: 0)
    #expect(outcome == [.invalidTransactionState])
  }

  @Test func `a slice says where its batches end`() throws {
    let directory = try TemporaryDirectory()
    let log = try directory.log(.small(segmentBytes: 505))
    for _ in 0..<12 { try log.append([TestBatch(records: 3)]) }
    for reader in [
      log,
      try {
        try log.close(); return try directory.log()
      }(),
    ] {
      for start in 0..<36 {
        for (maxBytes, limit) in [(1, 99), (250, 99), (10_000, 99), (10_000, 21), (101, 21)] {
          let outcome = try reader.read(
            from: Offset(Int64(start)), maxBytes: maxBytes, below: Offset(Int64(limit)))
          guard case .slice(let slice) = outcome else {
            #expect(start >= limit)
            continue
          }
          #expect(batchHeaders(try slice.read()).last?.nextOffset == slice.endOffset)
        }
      }
    }
  }
}
