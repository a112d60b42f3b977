import Platform
import Records
import Simulation
import Testing

@testable import CommitLog

struct RetentionTests {
  /// Ten segments of five 101-byte batches, and an active one.
  private func log(_ directory: TemporaryDirectory) throws -> PartitionLog {
    let log = try directory.log(.small(segmentBytes: 505))
    for step in 0..<52 {
      let mark = TestBatch.ProducerMark(id: 7, sequence: Int32(step))
      try log.append([TestBatch(timestamp: Int64(step * 10), producer: mark)])
    }
    return log
  }

  @Test func `only closed segments that lie whole below the offset go`() throws {
    let directory = try TemporaryDirectory()
    let log = try log(directory)
    #expect(try log.deleteSegments(below: Offset(4)) == 0)
    #expect(try log.deleteSegments(below: Offset(14)) == 2)
    #expect(log.localStartOffset == Offset(10))
    #expect(log.logStartOffset == Offset(0))
    guard case .beforeLocalStart = try log.read(from: Offset(9), maxBytes: 1) else {
      Issue.record("still there")
      return
    }
    #expect(try log.deleteSegments(below: Offset(1000)) == 8)
    #expect(log.localStartOffset == Offset(50) && log.endOffset == Offset(52))
    let names = try directory.names
    #expect(names.filter { $0.hasSuffix(".log") } == ["00000000000000000050.log"])
    #expect(names.filter { $0.hasSuffix(".snapshot") } == ["00000000000000000050.snapshot"])
    #expect(!names.contains { $0.hasSuffix(".deleted") })
  }

  @Test func `a slice stays readable after its segment is gone`() throws {
    let directory = try TemporaryDirectory()
    let log = try log(directory)
    guard case .slice(let slice) = try log.read(from: Offset(1), maxBytes: 1 << 20) else {
      Issue.record("nothing")
      return
    }
    try log.deleteSegments(below: Offset(50))
    #expect(batchHeaders(try slice.read()).map(\.baseOffset.rawValue) == [1, 2, 3, 4])
    #expect(slice.isResident)
  }

  @Test func `producers survive the deletion of everything they wrote`() throws {
    let directory = try TemporaryDirectory()
    let log = try log(directory)
    try log.roll(now: 0)
    try log.deleteSegments(below: Offset(52))
    #expect(log.byteCount == 0)
    try log.close()
    let again = try directory.log(.small(segmentBytes: 505), logStartOffset: Offset(0))
    #expect(again.localStartOffset == Offset(52) && again.logStartOffset == Offset(0))
    let mark = TestBatch.ProducerMark(id: 7, sequence: 48)
    #expect(
      try again.append([TestBatch(producer: mark)]) == [.duplicate(baseOffset: Offset(48))])
  }

  @Test func `a power cut after deletion leaves the producers known`() throws {
    for seed in 0..<40 {
      let fileSystem = SimulatedFileSystem()
      try fileSystem.makeDirectory("/t")
      try fileSystem.syncDirectory("/")
      func open(_ point: Offset?) throws -> PartitionLog {
        try PartitionLog.open(
          TopicPartition(topic: "t", partition: PartitionID(0)), in: "/t", fileSystem: fileSystem,
          config: .small(), recoveryPoint: point, logStartOffset: Offset(0), now: 0
        ).log
      }
      let log = try open(nil)
      let mark = TestBatch.ProducerMark(id: 7, sequence: 0)
      try log.append([TestBatch(producer: mark)])
      try log.sync()
      // The new segment and its snapshot come after the sync.
      try log.roll(now: 0)
      #expect(try log.deleteSegments(below: Offset(1)) == 1)
      fileSystem.restart(SeededRandom(seed: UInt64(seed)))
      let again = try open(Offset(1))
      #expect(again.endOffset == Offset(1))
      #expect(
        try again.append([TestBatch(producer: mark)]) == [.duplicate(baseOffset: Offset(0))])
    }
  }

  @Test func `the log start moves forward only and not past the end`() throws {
    let directory = try TemporaryDirectory()
    let log = try log(directory)
    try log.advanceLogStart(to: Offset(12))
    try log.advanceLogStart(to: Offset(11))
    #expect(log.logStartOffset == Offset(12) && log.localStartOffset == Offset(12))
    guard case .beforeLocalStart = try log.read(from: Offset(11), maxBytes: 1) else {
      Issue.record("still visible")
      return
    }
    try log.advanceLogStart(to: Offset(1000))
    #expect(log.logStartOffset == Offset(52))
  }

  @Test func `a restarted log goes on at the offset with nothing else`() throws {
    let directory = try TemporaryDirectory()
    let log = try log(directory)
    let epochs = LeaderEpochCache([
      LeaderEpochCache.Entry(epoch: LeaderEpoch(3), startOffset: Offset(0))
    ])
    try log.restart(at: Offset(100), epochs: epochs)
    #expect(log.endOffset == Offset(100) && log.localStartOffset == Offset(100))
    #expect(log.syncedOffset == Offset(100) && log.logStartOffset == Offset(0))
    #expect(log.leaderEpochs == epochs && log.producerCount == 0)
    try log.append([TestBatch()], epoch: 4)
    try log.close()
    let again = try directory.log(.small(segmentBytes: 505), logStartOffset: Offset(0))
    #expect(again.endOffset == Offset(101))
    #expect(again.leaderEpochs.entries.map(\.startOffset.rawValue) == [0, 100])
    #expect(try directory.names.filter { $0.hasSuffix(".log") }.count == 1)
  }

  @Test func `an epoch begins with its leader, and goes on through a restart of the log`() throws {
    let directory = try TemporaryDirectory()
    let log = try log(directory)
    log.begin(LeaderEpoch(7))
    log.begin(LeaderEpoch(7))
    let end = try #require(log.endOffset(for: LeaderEpoch(7)))
    #expect(end.epoch == LeaderEpoch(7) && end.offset == Offset(52))
    #expect(log.endOffset(for: LeaderEpoch(1))?.offset == Offset(52))
    try log.restart(at: Offset(100))
    #expect(log.endOffset(for: LeaderEpoch(7))?.offset == Offset(100))
    try log.append([TestBatch()], epoch: 7)
    #expect(log.leaderEpochs.entries.map(\.startOffset) == [Offset(100)])
    #expect(log.endOffset(for: LeaderEpoch(7))?.offset == Offset(101))
  }

  @Test func `several log starts move with one write`() throws {
    let directory = try TemporaryDirectory()
    let saves = Counter()
    let logs = try (0..<3).map { number in
      let path = "\(directory.path)/\(number)"
      try PosixFileSystem().makeDirectory(path)
      return try PartitionLog.open(
        TopicPartition(topic: "t", partition: PartitionID(Int32(number))), in: path,
        fileSystem: PosixFileSystem(), config: LogConfig(), recoveryPoint: nil, now: 0
      ) { () throws(StorageError) in saves.add() }.log
    }
    for log in logs.dropLast() { try log.append([TestBatch(records: 5)]) }
    try PartitionLog.advanceLogStarts(logs.map { ($0, Offset(3)) })
    #expect(logs.map(\.logStartOffset) == [Offset(3), Offset(3), Offset(0)])
    #expect(saves.current == 1)
    try PartitionLog.advanceLogStarts(logs.map { ($0, Offset(2)) })
    #expect(saves.current == 1)
  }

  @Test func `chunks of a reader are the range's batches, whatever the buffer`() throws {
    let directory = try TemporaryDirectory()
    let log = try log(directory)
    for (size, start, end) in [(101, 0, 52), (300, 3, 41), (1 << 16, 7, 8), (250, 52, 52)] {
      var reader = log.reader(from: Offset(Int64(start)), to: Offset(Int64(end)))
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
      defer { buffer.deallocate() }
      var offsets: [Int64] = []
      while case .batches(let count) = try reader.read(into: buffer) {
        let part = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count])
        offsets += batchHeaders(ByteBlock(copying: part)).map(\.baseOffset.rawValue)
      }
      #expect(offsets == (Int64(start)..<Int64(end)).map { $0 })
      #expect(try reader.read(into: buffer) == .end)
    }
    var reader = log.reader(from: Offset(0), to: Offset(52))
    try withTemporaryBytes(100) { (small) throws(StorageError) in
      #expect(try reader.read(into: small) == .needs(byteCount: 101))
    }
    try log.deleteSegments(below: Offset(20))
    var gone = log.reader(from: Offset(0), to: Offset(52))
    try withTemporaryBytes(200) { (buffer) throws(StorageError) in
      #expect(try gone.read(into: buffer) == .gone)
    }
  }
}
