import Platform
import Records
import Simulation
import Testing

@testable import CommitLog

struct LogDirectoryTests {
  private let topicID = TopicID(high: 1, low: 2)
  private let names = (0..<3).map { TopicPartition(topic: "a-topic", partition: PartitionID($0)) }

  private func open(
    _ path: String, _ fileSystem: any FileSystem = PosixFileSystem(), clusterID: String? = nil,
    nodeID: Int32 = 1
  ) throws -> LogDirectory {
    let environment = LogEnvironment(
      fileSystem: fileSystem, clock: ManualClock(), random: SeededRandom(seed: 5),
      logger: Logger(part: "test", minimum: .error), recoveryThreads: 2)
    return try LogDirectory.open(
      path, nodeID: nodeID, clusterID: clusterID, environment: environment
    ) { _ in .small() }
  }

  @Test func `a clean stop and start finds all partitions`() throws {
    let temporary = try TemporaryDirectory()
    let first = try open(temporary.path, clusterID: "c")
    #expect(first.wasCleanShutdown)
    let logs = try first.create(names, topicID: topicID, config: .small())
    for (index, log) in logs.enumerated() {
      for _ in 0...index { try log.append([TestBatch(records: 5)]) }
    }
    try logs[2].advanceLogStart(to: Offset(5))
    try first.close()
    #expect(try temporary.names.contains(".kafka_cleanshutdown"))

    let second = try open(temporary.path)
    #expect(second.wasCleanShutdown)
    #expect(second.properties == first.properties && second.properties.clusterID == "c")
    #expect(try !temporary.names.contains(".kafka_cleanshutdown"))
    #expect(names.map { second.log(of: $0)?.endOffset } == [5, 10, 15].map { Offset($0) })
    #expect(second.log(of: names[2])?.logStartOffset == Offset(5))
    #expect(second.log(of: names[0])?.logStartOffset == Offset(0))
    #expect(second.topicID(of: names[1]) == topicID)
    #expect(second.topicID(of: TopicPartition(topic: "x", partition: PartitionID(0))) == nil)
  }

  @Test func `a stop without close is seen, and loses nothing`() throws {
    let temporary = try TemporaryDirectory()
    do {
      let first = try open(temporary.path)
      let log = try first.create([names[0]], topicID: topicID, config: .small())[0]
      for _ in 0..<40 { try log.append([TestBatch()]) }
      try first.flush()
      for _ in 0..<40 { try log.append([TestBatch()]) }
    }
    let second = try open(temporary.path)
    #expect(!second.wasCleanShutdown)
    #expect(second.log(of: names[0])?.endOffset == Offset(80))
    #expect(second.log(of: names[0])?.syncedOffset == Offset(80))
  }

  /// Checkpoints are written for all logs at once, at any time: before or after the segment closes.
  @Test(arguments: [false, true])
  func `no torn index of a segment closed just before a power cut is trusted`(isLate: Bool) throws {
    let config = LogConfig.small(segmentBytes: 1 << 20, indexIntervalBytes: 1)
    let decompressor = Decompressor()
    let start: Int64 = 1_700_000_000_000
    for seed in 0..<40 {
      let fileSystem = SimulatedFileSystem()
      let directory = try open("/data", fileSystem)
      let log = try directory.create([names[0]], topicID: topicID, config: config)[0]
      let mark = TestBatch.ProducerMark(id: 5, sequence: 0)
      try log.append([TestBatch(producer: mark, isTransactional: true)])
      try log.end(5, .abort)
      for time in 2..<200 { try log.put([KeyedRecord("k", "v", at: start + Int64(time))]) }
      if isLate { try log.sync() } else { try directory.flush() }
      try log.roll(now: 0)
      if isLate { try directory.checkpoints.save() }
      fileSystem.restart(SeededRandom(seed: UInt64(seed)))
      let again = try #require(try open("/data", fileSystem).log(of: names[0]))
      #expect(again.endOffset == Offset(200))
      let aborted = try again.abortedTransactions(from: Offset(0), below: Offset(200))
      #expect(aborted.map(\.lastOffset) == [Offset(1)])
      for time in stride(from: Int64(2), to: 200, by: 13) {
        let found = try again.firstRecord(since: start + time, decompressor: decompressor)
        #expect(found?.offset == Offset(time), "seed \(seed)")
      }
    }
  }

  @Test func `a flush takes the recovery point to the end of a segment that was closed`() throws {
    let temporary = try TemporaryDirectory()
    let directory = try open(temporary.path)
    let log = try directory.create([names[0]], topicID: topicID, config: .small())[0]
    func point() throws -> Offset? { try directory.checkpoints.read().recoveryPoints[names[0]] }
    for _ in 0..<5 { try log.append([TestBatch()]) }
    try directory.flush()
    #expect(try point() == Offset(5))
    try log.roll(now: 0)
    try directory.checkpoints.save()
    #expect(try point() == Offset(4))
    try directory.flush()
    #expect(try point() == Offset(5))
  }

  @Test func `two brokers cannot have one directory`() throws {
    let temporary = try TemporaryDirectory()
    let first = try open(temporary.path)
    let error = #expect(throws: UsageError.self) { try open(temporary.path) }
    #expect(error?.message.contains(temporary.path) == true)
    #expect(error?.message.contains("in use") == true)
    try first.close()
    _ = try open(temporary.path)
  }

  @Test func `another node's or cluster's directory is refused`() throws {
    let temporary = try TemporaryDirectory()
    try open(temporary.path, clusterID: "c").close()
    #expect(throws: UsageError.self) { try open(temporary.path, nodeID: 2) }
    #expect(throws: UsageError.self) { try open(temporary.path, clusterID: "d") }
    try temporary.fileSystem.replace("\(temporary.path)/meta.properties", with: Array("x".utf8))
    #expect(throws: UsageError.self) { try open(temporary.path) }
  }

  @Test func `a path that is no directory is one clear error`() throws {
    let temporary = try TemporaryDirectory()
    try temporary.fileSystem.replace("\(temporary.path)/file", with: [])
    let error = #expect(throws: UsageError.self) { try open("\(temporary.path)/file") }
    #expect(error?.description.contains("Not a directory") == true)
  }

  @Test func `a deleted partition leaves nothing to one made anew`() throws {
    let temporary = try TemporaryDirectory()
    do {
      let first = try open(temporary.path)
      let old = try first.create([names[0]], topicID: topicID, config: .small())[0]
      for _ in 0..<40 { try old.append([TestBatch()]) }
      try first.flush()
      try first.delete([names[0]])
      #expect(first.log(of: names[0]) == nil)
      #expect(throws: StorageError.self) { try old.append([TestBatch()]) }
      let new = try first.create([names[0]], topicID: TopicID(high: 9, low: 9), config: .small())[0]
      try new.append([TestBatch()])
      #expect(first.fence.failure == nil)
      #expect(try temporary.names.contains { $0.hasSuffix("-delete") })
      try first.removeDeleted()
      #expect(try !temporary.names.contains { $0.hasSuffix("-delete") })
    }
    let second = try open(temporary.path)
    #expect(second.log(of: names[0])?.endOffset == Offset(1))
    #expect(second.topicID(of: names[0]) == TopicID(high: 9, low: 9))
  }

  @Test func `topics with the longest names are made and deleted`() throws {
    let temporary = try TemporaryDirectory()
    let directory = try open(temporary.path)
    let long = (0..<2).map {
      TopicPartition(topic: String(repeating: "n", count: 249), partition: PartitionID($0))
    }
    let logs = try directory.create(long, topicID: topicID, config: .small())
    try logs[1].append([TestBatch()])
    try directory.delete(long)
    #expect(directory.fence.failure == nil)
    #expect(try temporary.names.filter { $0.hasSuffix("-delete") }.count == 2)
    try directory.removeDeleted()
    #expect(try !temporary.names.contains { $0.hasPrefix("n") })
    #expect(directory.logs.isEmpty)
  }

  @Test func `a partition damaged where it was durable goes offline alone`() throws {
    let temporary = try TemporaryDirectory()
    do {
      let first = try open(temporary.path)
      for log in try first.create(names, topicID: topicID, config: .small()) {
        for _ in 0..<5 { try log.append([TestBatch()]) }
      }
      try first.flush()
    }
    let path = "\(temporary.path)/\(names[1])/00000000000000000000.log"
    try temporary.fileSystem.open(path, .readWrite).truncate(to: 101 * 4)
    for _ in 0..<2 {
      let again = try open(temporary.path)
      #expect(again.offlinePartitions.keys.map { $0 } == [names[1]])
      #expect(again.log(of: names[1]) == nil)
      #expect(again.log(of: names[0])?.endOffset == Offset(5))
      #expect(throws: StorageError.self) {
        try again.create([names[1]], topicID: topicID, config: .small())
      }
      try again.close()
    }
  }

  @Test func `a failed fdatasync fences every log of the directory for good`() throws {
    let fileSystem = SimulatedFileSystem()
    let directory = try open("/data", fileSystem)
    let logs = try directory.create(names, topicID: topicID, config: .small())
    try logs[0].append([TestBatch()])
    fileSystem.failNext("fdatasync")
    #expect(throws: StorageError.self) { try logs[0].sync() }
    #expect(directory.fence.failure != nil)
    #expect(logs[0].syncedOffset == Offset(0))
    #expect(throws: StorageError.self) { try logs[0].sync() }
    #expect(throws: StorageError.self) { try logs[1].append([TestBatch()]) }
    #expect(throws: StorageError.self) { try directory.close() }
    #expect(try logs[0].readAll(from: Offset(0)).count == 1)
  }

  @Test func `a failed write is not seen by readers and fences`() throws {
    let fileSystem = SimulatedFileSystem()
    let directory = try open("/data", fileSystem)
    let log = try directory.create([names[0]], topicID: topicID, config: .small())[0]
    try log.append([TestBatch()])
    fileSystem.failNext("pwritev")
    #expect(throws: StorageError.self) { try log.append([TestBatch()]) }
    #expect(log.endOffset == Offset(1))
    #expect(throws: StorageError.self) { try log.append([TestBatch()]) }
  }

  @Test func `a sync that finds the disk full fences, a file that cannot be cut does too`() throws {
    for operation in ["fdatasync", "fsync"] {
      let fileSystem = SimulatedFileSystem()
      let directory = try open("/data", fileSystem)
      let log = try directory.create([names[0]], topicID: topicID, config: .small())[0]
      try log.append([TestBatch()])
      try log.roll(now: 0)
      fileSystem.failNext(operation, errno: Errno.noSpace)
      #expect(throws: StorageError.self) { try log.sync() }
      #expect(directory.fence.failure != nil)
    }
    let fileSystem = SimulatedFileSystem()
    let directory = try open("/data", fileSystem)
    let log = try directory.create([names[0]], topicID: topicID, config: .small())[0]
    fileSystem.failNext("pwritev", errno: Errno.noSpace)
    fileSystem.failNext("ftruncate", errno: Errno.noSpace)
    #expect(throws: StorageError.self) { try log.append([TestBatch()]) }
    #expect(directory.fence.failure != nil)
  }

  @Test(arguments: [
    "", "0", "0\n", "0\n1\n", "1\n0\n", "0\n1\na 0\n", "0\n1\na 0 -1\n", "0\n2\na 0 1\n",
  ])
  func `a malformed checkpoint is refused`(text: String) throws {
    #expect(OffsetCheckpoint.parse(text) == nil)
    let temporary = try TemporaryDirectory()
    try open(temporary.path).close()
    try temporary.fileSystem.replace(
      "\(temporary.path)/recovery-point-offset-checkpoint", with: Array(text.utf8))
    let error = #expect(throws: UsageError.self) { try open(temporary.path) }
    #expect(error?.message.contains("recovery-point-offset-checkpoint") == true)
  }

  @Test func `checkpoints and directory names read back`() {
    let offsets = [names[0]: Offset(7), names[2]: Offset(1 << 40)]
    #expect(OffsetCheckpoint.format(offsets) == "0\n2\na-topic 0 7\na-topic 2 1099511627776\n")
    #expect(OffsetCheckpoint.parse(OffsetCheckpoint.format(offsets)) == offsets)
    #expect(TopicPartition(directoryName: "a-topic-12")?.topic == "a-topic")
    for name in ["a", "-1", "a-", "a-01", "a-1x", "a-99999999999", "a-1.uuid-delete"] {
      #expect(TopicPartition(directoryName: name) == nil)
    }
  }
}
