import Platform
import Records
import Testing

@testable import CommitLog

struct TransactionCleaningTests {
  private static let now: Int64 = 1_700_000_000_000

  private func write(
    _ log: PartitionLog, _ producer: Int64, _ sequence: Int32, _ records: [KeyedRecord]
  ) throws {
    let mark = TestBatch.ProducerMark(id: producer, sequence: sequence)
    let outcome = try log.append([
      try KeyedBatch(records, producer: mark, isTransactional: true)
    ])[0]
    guard case .appended = outcome else { throw Refused(outcome: outcome) }
  }

  private struct Refused: Error {
    let outcome: AppendOutcome
  }

  private func clean(_ log: PartitionLog, now: Int64 = now) throws {
    _ = try #require(try log.clean(.small(), now: now))
  }

  /// A plain record in a segment of its own, so that there is something dirty.
  private func dirty(_ log: PartitionLog, _ key: String) throws {
    try log.put([KeyedRecord(key, "x")])
    try log.roll(now: Self.now)
  }

  private func markers(_ log: PartitionLog) throws -> [Int64] {
    try log.batches().filter { $0.header.isControl && $0.header.recordCount > 0 }.map {
      $0.header.baseOffset.rawValue
    }
  }

  @Test func `aborted records go, and supersede nothing`() throws {
    let directory = try TemporaryDirectory()
    let log = try directory.log(.compacted(segmentBytes: 100_000))
    try log.put([KeyedRecord("a", "committed"), KeyedRecord("b", "old")])
    try write(log, 1, 0, [KeyedRecord("a", "aborted"), KeyedRecord("c", "aborted")])
    try write(log, 2, 0, [KeyedRecord("b", "new")])
    try log.end(.abort, producer: 1)
    try log.end(.commit, producer: 2)
    try write(log, 1, 2, [KeyedRecord("d", "second")])
    try log.end(.commit, producer: 1)
    try log.roll(now: Self.now)
    let committed = try log.consume(isCommitted: true)
    try clean(log)
    let expected = ["0:a=committed", "4:b=new", "7:d=second"]
    #expect(try log.consume(isCommitted: true).map(\.description) == expected)
    #expect(try log.consume().map(\.description) == expected)
    #expect(committed.map(\.description) == ["0:a=committed", "1:b=old", "4:b=new", "7:d=second"])
    // The same by an index that recovery makes.
    try log.sync()
    log.abandon()
    let again = try directory.log(.compacted(), recoveryPoint: Offset(0))
    #expect(try again.consume(isCommitted: true).map(\.description) == expected)
    #expect(again.lastStableOffset == again.endOffset)
  }

  @Test func `nothing from an open transaction's segment on is cleaned`() throws {
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let log = try directory.log(.compacted())
    try dirty(log, "a")
    try dirty(log, "a")
    try write(log, 1, 0, [KeyedRecord("a", "open")])
    try log.roll(now: Self.now)
    try dirty(log, "a")
    try dirty(log, "b")
    try clean(log)
    #expect(try log.consume().map(\.offset) == [1, 2, 3, 4])
    #expect(try log.clean(.small(), now: Self.now) == nil)
    try log.end(.commit, producer: 1)
    try log.roll(now: Self.now)
    try clean(log)
    #expect(try log.consume().map(\.offset) == [3, 4])
  }

  @Test func `markers stay until their records are gone and their horizon has passed`() throws {
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let log = try directory.log(.compacted(deleteRetention: 1000))
    try write(log, 1, 0, [KeyedRecord("a", "1")])
    try log.end(.commit, producer: 1)
    try write(log, 2, 0, [KeyedRecord("b", "1")])
    try log.end(.abort, producer: 2)
    // The producers' last batches are others, so that these may go.
    try write(log, 1, 1, [KeyedRecord("z", "1")])
    try log.end(.commit, producer: 1)
    try write(log, 2, 1, [KeyedRecord("y", "1")])
    try log.end(.commit, producer: 2)
    try log.roll(now: Self.now)
    try clean(log)
    // The record of "a" is there; of "b" it was, until now.
    #expect(try markers(log) == [1, 3, 5, 7])
    #expect(try log.consume().map(\.offset) == [0, 4, 6])
    try dirty(log, "a")
    try clean(log)
    // Now nothing is left of either, but only this cleaning has taken "a".
    #expect(try markers(log) == [1, 3, 5, 7])
    let marked = try log.batches().map(\.header).filter(\.hasDeleteHorizon)
    #expect(marked.map(\.baseOffset) == [Offset(3)])
    try dirty(log, "c")
    try clean(log, now: Self.now + 999)
    #expect(try markers(log) == [1, 3, 5, 7])
    try dirty(log, "d")
    try clean(log, now: Self.now + 1000)
    #expect(try markers(log) == [1, 5, 7])
    try dirty(log, "e")
    try clean(log, now: Self.now + 1999)
    #expect(try markers(log) == [5, 7])
    #expect(log.lastStableOffset == log.endOffset)
  }

  @Test func `a transaction over several segments is cleaned as one`() throws {
    let directory = try TemporaryDirectory()
    let log = try directory.log(.compacted(segmentBytes: 300))
    try log.put([KeyedRecord("k0", "before")])
    for index in 0..<12 {
      try write(log, 1, Int32(index), [KeyedRecord("k\(index % 3)", "aborted \(index)")])
      try write(log, 2, Int32(index), [KeyedRecord("k\(index % 4)", "kept \(index)")])
    }
    try log.end(.commit, producer: 2)
    try log.end(.abort, producer: 1)
    try log.roll(now: Self.now)
    #expect(log.segments.count > 5)
    var latest: [String: StoredRecord] = [:]
    for record in try log.consume(isCommitted: true) { latest[record.key!] = record }
    try clean(log)
    let expected = latest.values.sorted { $0.offset < $1.offset }
    #expect(try log.consume(isCommitted: true) == expected)
    #expect(expected.count == 4)
    try log.close()
    #expect(try directory.log(.compacted()).consume(isCommitted: true) == expected)
  }
}
