import Platform
import Records
import Testing

@testable import CommitLog

struct PartitionLogTests {
  @Test func `an append gives batches their offsets and epoch and keeps their checksum`() throws {
    let directory = try TemporaryDirectory()
    let log = try directory.log()
    let outcomes = try log.append(
      [TestBatch(records: 3), TestBatch(records: 2), TestBatch()], epoch: 5)
    #expect(outcomes.map(\.baseOffset) == [Offset(0), Offset(3), Offset(5)])
    #expect(log.endOffset == Offset(6))
    let headers = try log.readAll(from: Offset(0))
    #expect(headers.map(\.baseOffset) == [Offset(0), Offset(3), Offset(5)])
    #expect(headers.allSatisfy { $0.partitionLeaderEpoch == LeaderEpoch(5) })
  }

  @Test func `a batch that does not fit begins a new segment in the same append`() throws {
    let directory = try TemporaryDirectory()
    let log = try directory.log(.small(segmentBytes: 250))
    try log.append((0..<7).map { _ in TestBatch(records: 2) })
    #expect(log.segments.map(\.baseOffset) == [0, 4, 8, 12].map { Offset($0) })
    #expect(log.segments.map(\.byteCount) == [202, 202, 202, 101])
    #expect(log.segments.map(\.isActive) == [false, false, false, true])
    #expect(try log.readAll(from: Offset(0)).count == 7)
    let names = try directory.names
    #expect(names.contains("00000000000000000004.log"))
    #expect(names.contains("00000000000000000004.snapshot"))
  }

  @Test func `segments roll by their batches' timestamps and by the wall clock`() throws {
    let directory = try TemporaryDirectory()
    var config = LogConfig()
    config.segmentMilliseconds = 1000
    let log = try directory.log(config)
    try log.append([TestBatch(timestamp: 5000)], now: 5000)
    try log.append([TestBatch(timestamp: 6000)], now: 5001)
    #expect(log.segments.count == 1)
    try log.append([TestBatch(timestamp: 6001)], now: 5002)
    #expect(log.segments.count == 2)
    #expect(try !log.rollIfDue(now: 6001))
    #expect(try log.rollIfDue(now: 6002))
    #expect(try !log.rollIfDue(now: 9000), "an empty segment does not roll")
    #expect(log.segments.map(\.maxTimestamp) == [6000, 6001, -1])
  }

  @Test(arguments: [1, 150, 300, 1000, 1 << 20])
  func `every offset reads as the whole batch that holds it`(maxBytes: Int) throws {
    let directory = try TemporaryDirectory()
    let log = try directory.log(.small(segmentBytes: 2000, indexIntervalBytes: 300))
    for _ in 0..<200 { try log.append([TestBatch(records: 3), TestBatch(records: 2)]) }
    for offset in stride(from: Int64(0), to: 1000, by: 1) {
      guard case .slice(let slice) = try log.read(from: Offset(offset), maxBytes: maxBytes) else {
        Issue.record("nothing at \(offset)")
        continue
      }
      let headers = batchHeaders(try slice.read())
      #expect(headers[0].baseOffset <= Offset(offset) && headers[0].lastOffset >= Offset(offset))
      #expect(slice.count <= max(maxBytes, 101))
    }
    #expect(try log.readAll(from: Offset(0), maxBytes: maxBytes).count == 400)
    #expect(try log.readAll(from: Offset(0), below: Offset(503), maxBytes: maxBytes).count == 201)
  }

  @Test func `reads tell what lies outside the log`() throws {
    let directory = try TemporaryDirectory()
    let log = try directory.log(.small(segmentBytes: 200), logStartOffset: Offset(100))
    #expect(log.endOffset == Offset(100))
    for _ in 0..<3 { try log.append([TestBatch()]) }
    guard case .beforeLocalStart = try log.read(from: Offset(99), maxBytes: 1) else {
      Issue.record("below the start")
      return
    }
    guard case .empty = try log.read(from: Offset(103), maxBytes: 1) else {
      Issue.record("at the end")
      return
    }
    guard case .beyondEnd = try log.read(from: Offset(104), maxBytes: 1) else {
      Issue.record("beyond the end")
      return
    }
    guard case .empty = try log.read(from: Offset(100), maxBytes: 50, atLeastOne: false) else {
      Issue.record("too small")
      return
    }
  }

  @Test func `sync moves the synced offset over rolled segments`() throws {
    let directory = try TemporaryDirectory()
    let log = try directory.log(.small(segmentBytes: 200))
    for _ in 0..<5 { try log.append([TestBatch(records: 2)]) }
    #expect(log.syncedOffset == Offset(0))
    #expect(try log.sync() == Offset(10))
    #expect(log.syncedOffset == Offset(10))
    #expect(log.segments.dropLast().allSatisfy { $0.isSealed })
    #expect(try directory.names.contains("leader-epoch-checkpoint"))
  }

  @Test func `a clean stop and start finds everything`() throws {
    let directory = try TemporaryDirectory()
    let config = LogConfig.small(segmentBytes: 1000, indexIntervalBytes: 150)
    let log = try directory.log(config)
    for step in 0..<50 {
      try log.append([TestBatch(records: 2, timestamp: Int64(step))], epoch: Int32(step / 20))
    }
    try log.close()
    #expect(throws: StorageError.self) { try log.append([TestBatch()]) }
    let again = try directory.log(config)
    #expect(again.endOffset == Offset(100))
    #expect(again.syncedOffset == Offset(100))
    #expect(again.segments.map(\.maxTimestamp) == log.segments.map(\.maxTimestamp))
    #expect(again.segments.map(\.firstTimestamp) == log.segments.map(\.firstTimestamp))
    #expect(again.leaderEpochs == log.leaderEpochs)
    #expect(again.leaderEpochs.entries.map(\.startOffset) == [0, 40, 80].map { Offset($0) })
    try again.append([TestBatch(records: 2)], epoch: 9)
    #expect(
      try again.readAll(from: Offset(0)).map(\.baseOffset.rawValue)
        == stride(from: 0, to: 102, by: 2).map { $0 })
  }

  @Test func `a segment closes when its relative offsets or its index are used up`() throws {
    let directory = try TemporaryDirectory()
    let log = try directory.log()
    try log.append([TestBatch(records: Int(Int32.max)), TestBatch(), TestBatch(records: 9)])
    #expect(log.segments.map(\.baseOffset.rawValue) == [0, Int64(Int32.max) + 1])
    #expect(log.endOffset.rawValue == Int64(Int32.max) + 10)

    let second = try TemporaryDirectory()
    var config = LogConfig.small(segmentBytes: 1 << 20, indexIntervalBytes: 0)
    config.indexBytes = 5 * 8
    let indexed = try second.log(config)
    for _ in 0..<20 { try indexed.append([TestBatch()]) }
    #expect(indexed.segments.map(\.byteCount) == [606, 606, 606, 202])
  }
}
