import Platform
import Records
import Simulation
import Synchronization
import Testing

@testable import CommitLog

struct CleaningTests {
  private static let now: Int64 = 1_700_000_000_000

  private func clean(
    _ log: PartitionLog, mapKeys: Int = 1000, now: Int64 = now
  ) throws -> CleaningReport {
    try #require(try log.clean(.small(mapKeys: mapKeys), now: now))
  }

  /// Counts calls from 0.
  private final class Calls: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
      count.withLock { count in
        defer { count += 1 }
        return count
      }
    }
  }

  /// Puts `key<n>=value` records into batches of three and closes the segment.
  private func fill(_ log: PartitionLog, _ values: [(String, String?)]) throws {
    for start in stride(from: 0, to: values.count, by: 3) {
      try log.put(values[start..<min(start + 3, values.count)].map { KeyedRecord($0.0, $0.1) })
    }
    try log.roll(now: Self.now)
  }

  @Test func `the last record of each key stays, at its offset and in its order`() throws {
    let directory = try TemporaryDirectory()
    let log = try directory.log(.compacted())
    try fill(log, [("a", "1"), ("b", "1"), ("a", "2"), ("c", "1"), ("b", "2"), ("d", "1")])
    try fill(log, [("a", "3"), ("e", "1")])
    try log.put([KeyedRecord("c", "active")])
    let report = try clean(log)
    let expected = ["3:c=1", "4:b=2", "5:d=1", "6:a=3", "7:e=1", "8:c=active"]
    #expect(try log.consume().map(\.description) == expected)
    #expect(report.keys == 5)
    #expect(report.recordsBefore == 8)
    #expect(report.recordsAfter == 5)
    #expect(report.end == Offset(8))
    #expect(log.endOffset == Offset(9))
    for offset in 0..<10 {
      let from = try log.consume(from: Int64(offset)).map(\.description)
      #expect(from == expected.filter { Int($0.prefix { $0 != ":" })! >= offset })
    }
    // Everything is as clean as it can be.
    #expect(try log.clean(.small(), now: Self.now) == nil)
    try log.close()
    let again = try directory.log(.compacted())
    #expect(try again.consume().map(\.description) == expected)
    #expect(again.endOffset == Offset(9))
  }

  @Test func `the old files go, and the new ones are complete`() throws {
    let directory = try TemporaryDirectory()
    let log = try directory.log(.compacted(segmentBytes: 100_000))
    for round in 0..<5 { try fill(log, [("a", "\(round)"), ("b", "\(round)")]) }
    try log.sync()
    _ = try clean(log)
    #expect(log.segments.map(\.baseOffset) == [Offset(0), Offset(10)])
    #expect(log.segments[0].endOffset == Offset(10))
    let stem = "00000000000000000000"
    let next = "00000000000000000010"
    #expect(
      try directory.names == [
        "\(stem).index", "\(stem).log", "\(stem).timeindex", "\(next).log", "\(next).snapshot",
        LeaderEpochCache.fileName,
      ])
  }

  @Test(arguments: Compression.allCases)
  func `batches keep their codec`(codec: Compression) throws {
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let log = try directory.log(.compacted())
    for value in 0..<4 {
      try log.put(
        (0..<8).map { KeyedRecord("k\(value % 2 * 4 + $0)", "value \(value)") },
        compression: codec)
    }
    try log.roll(now: Self.now)
    _ = try clean(log)
    #expect(try log.consume().count == 12)
    #expect(try log.batches().allSatisfy { $0.records.isEmpty || $0.header.compression == codec })
  }

  @Test func `tombstones go when their horizon has passed, and not before`() throws {
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let log = try directory.log(.compacted(deleteRetention: 1000))
    try fill(log, [("a", "1"), ("b", "1")])
    try fill(log, [("a", nil), ("c", "1")])
    _ = try clean(log)
    #expect(try log.consume().map(\.description) == ["1:b=1", "2:a=-", "3:c=1"])
    let marked = try log.batches().first { $0.records.contains { $0.key == "a" } }
    #expect(marked?.header.hasDeleteHorizon == true)
    #expect(marked?.header.baseTimestamp == Self.now + 1000)
    #expect(marked?.records.map(\.timestamp) == [Self.now, Self.now])
    try fill(log, [("d", "1")])
    _ = try clean(log, now: Self.now + 999)
    #expect(try log.consume().map(\.description) == ["1:b=1", "2:a=-", "3:c=1", "4:d=1"])
    try fill(log, [("e", "1")])
    _ = try clean(log, now: Self.now + 1000)
    #expect(try log.consume().map(\.description) == ["1:b=1", "3:c=1", "4:d=1", "5:e=1"])
  }

  @Test func `an idempotent producer goes on where it was, after a recovery without snapshots`()
    throws
  {
    let directory = try TemporaryDirectory()
    let log = try directory.log(.compacted())
    for sequence in 0..<6 {
      let mark = TestBatch.ProducerMark(id: 5, sequence: Int32(sequence))
      try log.append([try KeyedBatch([KeyedRecord("k", "\(sequence)")], producer: mark)])
    }
    try fill(log, [("k", "last")])
    _ = try clean(log)
    #expect(try log.consume().map(\.description) == ["6:k=last"])
    let empty = try log.batches().filter { $0.records.isEmpty }.map(\.header)
    #expect(empty.map(\.baseOffset) == [Offset(5)])
    #expect(empty.map(\.lastSequence) == [5])
    try log.sync()
    log.abandon()
    for name in try directory.names where name.hasSuffix(".snapshot") {
      try directory.fileSystem.remove("\(directory.path)/\(name)")
    }
    let again = try directory.log(.compacted(), recoveryPoint: Offset(0))
    func append(_ sequence: Int32) throws -> AppendOutcome {
      let mark = TestBatch.ProducerMark(id: 5, sequence: sequence)
      return try again.append([try KeyedBatch([KeyedRecord("x", "y")], producer: mark)])[0]
    }
    #expect(try append(5) == .duplicate(baseOffset: Offset(5)))
    #expect(try append(7) == .outOfOrderSequence)
    #expect(try append(6) == .appended(baseOffset: Offset(7)))
  }

  @Test func `a small map cleans in passes, and comes to the same`() throws {
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let log = try directory.log(.compacted(segmentBytes: 600))
    for value in 0..<60 {
      try log.put((0..<3).map { KeyedRecord("k\((value * 7 + $0) % 40)", "\(value)") })
    }
    try log.roll(now: Self.now)
    let before = try log.consume()
    var latest: [String: StoredRecord] = [:]
    for record in before { latest[record.key!] = record }
    var passes = 0
    while let report = try log.clean(.small(mapKeys: 7), now: Self.now) {
      passes += 1
      #expect(report.end > report.start)
      #expect(report.keys <= 7)
      try #require(passes < 100)
    }
    #expect(passes > 5)
    #expect(try log.consume() == latest.values.sorted { $0.offset < $1.offset })
  }

  @Test func `what a consumer holds stays readable, and a read goes on in the new segment`() throws
  {
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let log = try directory.log(.compacted(segmentBytes: 100_000))
    try fill(log, (0..<30).map { ("k\($0 % 4)", "\($0)") })
    try fill(log, [("k0", "new")])
    guard case .slice(let held) = try log.read(from: Offset(0), maxBytes: 300) else {
      Issue.record("nothing to read")
      return
    }
    let bytes = try held.read().array
    var reader = log.reader(from: Offset(0), to: log.endOffset)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 200, alignment: 8)
    defer { buffer.deallocate() }
    guard case .batches = try reader.read(into: buffer) else {
      Issue.record("nothing to read")
      return
    }
    _ = try clean(log)
    #expect(try held.read().array == bytes)
    while case .batches(let count) = try reader.read(into: buffer) { #expect(count > 0) }
    let after = try log.consume(from: held.endOffset.rawValue, maxBytes: 100)
    #expect(after.map(\.description) == ["26:k2=26", "27:k3=27", "29:k1=29", "30:k0=new"])
  }

  @Test func `times are found after a cleaning`() throws {
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let log = try directory.log(.compacted())
    for index in 0..<30 {
      try log.put([KeyedRecord("k\(index % 10)", "\(index)", at: 1000 + Int64(index) * 10)])
    }
    try log.roll(now: Self.now)
    _ = try clean(log)
    let left = try log.consume()
    #expect(left.map(\.offset) == Array(20..<30))
    for timestamp in stride(from: Int64(990), through: 1300, by: 5) {
      let found = try log.firstRecord(since: timestamp, decompressor: Decompressor())
      #expect(found?.offset.rawValue == left.first { $0.timestamp >= timestamp }?.offset)
    }
    let youngest = try log.recordOfMaxTimestamp(decompressor: Decompressor())
    #expect(youngest?.offset == Offset(29))
  }

  @Test func `the youngest record is found although an empty batch is younger`() throws {
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let log = try directory.log(.compacted())
    try log.put([KeyedRecord("a", "old", at: 10)])
    let mark = TestBatch.ProducerMark(id: 1, sequence: 0)
    try log.append([try KeyedBatch([KeyedRecord("b", "young", at: 90)], producer: mark)])
    try log.roll(now: Self.now)
    try log.put([KeyedRecord("b", "older", at: 50)])
    try log.roll(now: Self.now)
    _ = try clean(log)
    #expect(try log.consume().map(\.offset) == [0, 2])
    #expect(try log.recordOfMaxTimestamp(decompressor: Decompressor())?.offset == Offset(2))
  }

  @Test func `no read begins with an empty batch`() throws {
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let log = try directory.log(.compacted())
    let mark = TestBatch.ProducerMark(id: 1, sequence: 0)
    try log.append([try KeyedBatch([KeyedRecord("a", "1")], producer: mark)])
    try fill(log, [("a", "2")])
    try fill(log, [("a", "3"), ("b", "1")])
    try log.put([KeyedRecord("c", "1")])
    _ = try clean(log)
    for offset in 0..<4 {
      guard case .slice(let slice) = try log.read(from: Offset(Int64(offset)), maxBytes: 1) else {
        Issue.record("nothing at \(offset)")
        return
      }
      #expect(batchHeaders(try slice.read())[0].recordCount > 0)
    }
  }

  @Test func `a cleaning that is told to stop changes nothing`() throws {
    let directory = try TemporaryDirectory()
    let log = try directory.log(.compacted())
    try fill(log, (0..<20).map { ("k\($0 % 3)", "\($0)") })
    let before = try log.consume()
    for allowed in 0..<3 {
      let calls = Calls()
      #expect(throws: StorageError.self) {
        try log.clean(.small { _ in calls.next() < allowed }, now: Self.now)
      }
      #expect(try log.consume() == before)
      #expect(try !directory.names.contains { $0.hasSuffix(".cleaned") })
    }
    #expect(log.fence.failure == nil)
    _ = try clean(log)
    #expect(try log.consume().map(\.offset) == [17, 18, 19])
  }

  @Test func `segments that retention took end the cleaning, and nothing comes back`() throws {
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let log = try directory.log(.compacted(segmentBytes: 150))
    for value in 0..<20 { try log.put([KeyedRecord("k\(value % 5)", "\(value)")]) }
    try log.roll(now: Self.now)
    let calls = Calls()
    #expect(throws: StorageError.self) {
      try log.clean(
        .small { _ in
          if calls.next() == 0 {
            try? log.advanceLogStart(to: Offset(10))
            _ = try? log.deleteSegments(below: Offset(10))
          }
          return true
        }, now: Self.now)
    }
    #expect(log.localStartOffset == Offset(10))
    #expect(try log.consume().map(\.offset) == Array(10..<20))
    _ = try clean(log)
    #expect(try log.consume().map(\.offset) == Array(15..<20))
  }

  @Test func `a damaged batch is not given a good checksum`() throws {
    let directory = try TemporaryDirectory()
    let log = try directory.log(.compacted())
    try fill(log, [("a", "1"), ("a", "2")])
    let path = "\(directory.path)/00000000000000000000.log"
    let file = try directory.fileSystem.open(path, .readWrite)
    try writeBytes([0xee], to: file, at: 70)
    let error = #expect(throws: StorageError.self) { try log.clean(.small(), now: Self.now) }
    guard case .corrupt = error else {
      Issue.record("\(String(describing: error)) is not what is wrong")
      return
    }
    #expect(log.fence.failure == nil)
  }

  @Test func `a full disk stops the cleaning and nothing else`() throws {
    let fileSystem = SimulatedFileSystem()
    let directory = try TemporaryDirectory(on: fileSystem)
    defer { withExtendedLifetime(directory) {} }
    let log = try directory.log(.compacted())
    try fill(log, [("a", "1"), ("a", "2")])
    // What is written next is the cleaning's own.
    try log.sync()
    fileSystem.failNext("pwritev", errno: Errno.noSpace)
    #expect(throws: StorageError.self) { try log.clean(.small(), now: Self.now) }
    #expect(log.fence.failure == nil)
    _ = try clean(log)
    #expect(try log.consume().map(\.description) == ["1:a=2"])
  }

  @Test func `a cleaning without memory for its keys ends, and the next one cleans`() throws {
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let log = try directory.log(.compacted())
    try fill(log, [("a", "1"), ("a", "2")])
    // More than any address space has.
    var resources = CleanerResources.small()
    resources.mapByteCount = .max
    resources.mapLoadFactor = 1e-14
    let error = #expect(throws: StorageError.self) { try log.clean(resources, now: Self.now) }
    #expect(error?.isWantOfMemory == true)
    #expect(log.fence.failure == nil)
    #expect(try log.consume().count == 2)
    _ = try clean(log)
    #expect(try log.consume().map(\.description) == ["1:a=2"])
  }

  @Test func `a topic that is not compacted any more is left alone`() throws {
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let log = try directory.log(.compacted())
    try fill(log, [("a", "1"), ("a", "2")])
    log.configure(.small())
    #expect(log.cleaningNeed(now: Self.now) == nil)
    #expect(try log.clean(.small(), now: Self.now) == nil)
    log.configure(.compacted())
    #expect(log.cleaningNeed(now: Self.now)?.isDue == true)
  }

  @Test func `where cleaning ended is known after a restart`() throws {
    let fileSystem = SimulatedFileSystem()
    func open() throws -> LogDirectory {
      let environment = LogEnvironment(
        fileSystem: fileSystem, clock: ManualClock(), random: SeededRandom(seed: 1),
        logger: Logger(part: "test", minimum: .error), recoveryThreads: 0)
      return try LogDirectory.open("/data", nodeID: 1, environment: environment) { _ in
        .compacted()
      }
    }
    let name = TopicPartition(topic: "t", partition: PartitionID(3))
    let directory = try open()
    let log = try directory.create([name], topicID: .zero, config: .compacted())[0]
    try fill(log, [("a", "1"), ("a", "2")])
    _ = try clean(log)
    let text = String(
      decoding: try fileSystem.readAll("/data/cleaner-offset-checkpoint"), as: UTF8.self)
    #expect(text == "0\n1\nt 3 2\n")
    try directory.close()
    let again = try open()
    #expect(again.log(of: name)?.cleanedOffset == Offset(2))
    #expect(again.log(of: name)?.cleaningNeed(now: Self.now)?.isDue == false)
    try again.delete([name])
    #expect(
      String(decoding: try fileSystem.readAll("/data/cleaner-offset-checkpoint"), as: UTF8.self)
        == "0\n0\n")
  }
}
