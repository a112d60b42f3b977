import Cluster
import CommitLog
import Platform
import Records
import Testing

@testable import Broker

struct LogCleanerTests {
  /// A data directory with compacted logs, and a cleaner of it.
  private final class Yard {
    let path = "/tmp/varve-cleaner-\(SystemRandom().next())"
    let logs: LogDirectory
    let cleaner: LogCleaner
    let environment = BrokerEnvironment(log: Logger(part: "test", minimum: .error), cores: 1)

    init() throws {
      var config = LogConfig()
      var compaction = CompactionConfig()
      compaction.minimumDirtyRatio = 0
      config.compaction = compaction
      logs = try LogDirectory.open(path, nodeID: 1) { [config] _ in config }
      cleaner = LogCleaner(logs, isEnabled: true, environment)
    }

    deinit {
      cleaner.stop()
      try? PosixFileSystem().removeTree(path)
    }

    /// A log with one closed segment, which holds one batch without records that ends `offsets`
    /// above its start.
    func makeDirtyLog(_ topic: String, offsets: Int32) throws -> PartitionLog {
      var config = LogConfig()
      var compaction = CompactionConfig()
      compaction.minimumDirtyRatio = 0
      config.compaction = compaction
      let name = TopicPartition(topic: topic, partition: PartitionID(0))
      let log = try logs.create([name], topicID: .zero, config: config)[0]
      let memory = UnsafeMutableRawBufferPointer.allocate(
        byteCount: BatchHeader.headerByteCount, alignment: 16)
      defer { memory.deallocate() }
      BatchHeader(
        baseOffset: Offset(0), length: Int32(memory.count - BatchHeader.lengthOverhead),
        partitionLeaderEpoch: LeaderEpoch(-1), attributes: 0, lastOffsetDelta: offsets - 1,
        baseTimestamp: 0, maxTimestamp: 0, recordCount: 0
      ).write(to: memory.baseAddress!)
      BatchHeader.sealChecksum(of: memory)
      let header = BatchHeader(unchecked: UnsafeRawPointer(memory.baseAddress!))
      _ = try log.append(
        [BatchAppend(bytes: memory, header: header)], epoch: LeaderEpoch(0), now: 0)
      try log.roll(now: 0)
      return log
    }
  }

  @Test func `a log whose keys find no memory does not keep the others waiting`() throws {
    let yard = try Yard()
    let large = try yard.makeDirtyLog("large", offsets: .max)
    let small = try yard.makeDirtyLog("small", offsets: 2)
    var settings = CleanerSettings(mapByteCount: .max)
    // For the large one more than an address space has, for the small one 48 MB.
    settings.mapLoadFactor = 1e-6
    yard.cleaner.cleanDue(LogCleaner.Crew(settings, now: 0))
    #expect(small.cleanedOffset == Offset(2))
    #expect(large.cleanedOffset == Offset(0))
    // It is not given up for that.
    settings.mapLoadFactor = 0.9
    settings.mapByteCount = 1 << 20
    yard.cleaner.cleanDue(LogCleaner.Crew(settings, now: 0))
    #expect(large.cleanedOffset == large.endOffset)
  }

  @Test func `other settings are put in force while it runs`() throws {
    let yard = try Yard()
    let started = try BrokerConfig(
      file: nil, overrides: ["log.dirs": yard.path, "log.cleaner.backoff.ms": "3600000"]
    ).values
    #expect(yard.cleaner.settings == nil)
    yard.cleaner.configure(CleanerSettings(started))
    #expect(yard.cleaner.settings == nil, "it was not started")
    yard.cleaner.start(CleanerSettings(started))
    let changed = started.under(
      broker: [
        "log.cleaner.threads": "2", "log.cleaner.dedupe.buffer.size": "4194304",
        "log.cleaner.io.buffer.size": "40000", "log.cleaner.io.max.bytes.per.second": "1000",
        "log.cleaner.io.buffer.load.factor": "0.5", "log.cleaner.backoff.ms": "7",
      ], allBrokers: [:])
    yard.cleaner.configure(CleanerSettings(changed))
    let settings = try #require(yard.cleaner.settings)
    #expect(settings.threads == 2)
    #expect(settings.mapByteCount == 2 << 20)
    #expect(settings.bufferByteCount == 10_000)
    #expect(settings.bytesPerSecond == 1000)
    #expect(settings.mapLoadFactor == 0.5)
    #expect(settings.backoffMilliseconds == 7)
    yard.cleaner.stop()
    yard.cleaner.configure(CleanerSettings(started))
    #expect(yard.cleaner.settings == nil, "it was stopped")
  }
}
