import CommitLog
import Lake
import ObjectStore
import Platform
import Records
import Synchronization
import Testing

@testable import Tiering

/// A topic with one partition on a real disk, a store, and what settles and reads it.
final class TieredFixture {
  let root: String
  let clock = ManualClock(wallMilliseconds: 1_700_001_000_000)
  let store: any ObjectStore
  let directory: LogDirectory
  let log: PartitionLog
  let topic: TieredTopic
  let environment: TieringEnvironment
  let settler: TopicSettler
  let reader: ColdReader
  let holds = FileHolds()
  let metrics = TieringMetrics()
  private let pool = BlockingPool(name: "settle", threads: 1, queueLimit: 100)

  /// - Parameters:
  ///   - root: an existing directory, to go on after a crash.
  ///   - settings: how the topic settles.
  init(
    store: any ObjectStore = MemoryStore(), root: String? = nil,
    fileSystem: any FileSystem = PosixFileSystem(),
    settings: TieringSettings = TieredFixture.eager
  ) throws {
    self.root = root ?? "/tmp/varve-tiering-\(SystemRandom().next())"
    self.store = store
    let identity = TableIdentity(
      clusterID: "cluster", topic: "flights", topicID: TopicID(high: 1, low: 2))
    directory = try LogDirectory.open(
      "\(self.root)/data", nodeID: 1,
      environment: LogEnvironment(
        fileSystem: PosixFileSystem(), clock: clock, random: SeededRandom(seed: 3),
        logger: Logger(part: "log", minimum: .error))
    ) { _ in Self.logConfig }
    let name = TopicPartition(topic: "flights", partition: PartitionID(0))
    log =
      try directory.log(of: name)
      ?? directory.create([name], topicID: identity.topicID, config: Self.logConfig)[0]
    environment = TieringEnvironment(
      lake: LakeEnvironment(
        store: store, clock: clock, sleeper: NoSleep(), random: SystemRandom(),
        logger: Logger(part: "lake", minimum: .error)),
      fileSystem: fileSystem, intentDirectory: "\(self.root)/intents", pool: pool)
    topic = TieredTopic(
      identity, partitions: [TieredPartition(id: PartitionID(0), log: log)], settings: settings
    ) { 0 }
    settler = TopicSettler(topic, environment, metrics: metrics, isHeld: holds.isHeld)
    reader = ColdReader(environment, holds: holds)
  }

  deinit { pool.stop() }

  func remove() { try? PosixFileSystem().removeTree(root) }

  /// Settles everything that is there, at once, and keeps nothing local.
  static var eager: TieringSettings {
    var settings = TieringSettings()
    settings.commitIntervalMilliseconds = 0
    settings.maxLagMilliseconds = 0
    settings.localRetentionMilliseconds = 0
    return settings
  }

  private static var logConfig: LogConfig {
    var config = LogConfig()
    config.segmentBytes = 4096
    config.indexIntervalBytes = 256
    return config
  }

  /// A record as tests compare it.
  struct Entry: Equatable {
    var offset: Int64
    var timestamp: Int64
    var key: [UInt8]?
    var value: [UInt8]?
    var headers: [[UInt8]?]
  }

  /// Appends records, a few in each batch; their values tell their offsets.
  func produce(_ count: Int, batch: Int = 7) throws {
    var left = count
    while left > 0 {
      var builder = RecordBatchBuilder()
      builder.begin(at: Offset(0), leaderEpoch: LeaderEpoch(0))
      for index in 0..<min(batch, left) {
        let offset = log.endOffset.rawValue + Int64(index)
        let key = offset % 3 == 0 ? nil : Array("key-\(offset)".utf8)
        let value = offset % 11 == 5 ? nil : Array(repeating: UInt8(offset & 0xff), count: 100)
        var headers = RecordHeadersWriter()
        if offset % 5 == 0 { headers.append(key: "h", value: offset % 2 == 0 ? nil : [1, 2]) }
        let block = key.map { ByteBlock($0) }
        let body = value.map { ByteBlock($0) }
        let isTaken = builder.append(
          offset: Offset(Int64(index)), timestamp: 1_700_000_000_000 + offset * 10,
          key: block?.bytes, value: body?.bytes, headers: headers.headers)
        withExtendedLifetime((block, body)) {}
        precondition(isTaken)
      }
      let bytes = try builder.finish()
      let header = BatchHeader(unchecked: UnsafeRawPointer(bytes.baseAddress!))
      _ = try log.append(
        [BatchAppend(bytes: bytes, header: header)], epoch: LeaderEpoch(0),
        now: clock.wallMilliseconds())
      left -= min(batch, left)
    }
  }

  /// Everything a consumer reads from `start` on, over both tiers.
  func consume(from start: Int64 = 0, maxBytes: Int = 20_000) async throws -> [Entry] {
    var entries: [Entry] = []
    var next = Offset(start)
    while next < log.endOffset {
      let block: ByteBlock
      switch try log.read(from: next, maxBytes: maxBytes) {
      case .slice(let slice): block = try slice.read()
      case .beforeLocalStart: block = try await readCold(next, maxBytes)
      case .empty, .beyondEnd: return entries
      }
      let before = next
      try collect(block, &next, &entries)
      try #require(next > before, "the consumer hangs at \(before)")
    }
    return entries
  }

  func readCold(_ offset: Offset, _ maxBytes: Int) async throws -> ByteBlock {
    for _ in 0..<100 {
      let outcome: ColdReader.Outcome = await withCheckedContinuation { continuation in
        let answered = Answered()
        let first = reader.read(topic, PartitionID(0), from: offset, maxBytes: maxBytes) {
          [reader, topic] in
          guard answered.first() else { return }
          continuation.resume(
            returning: reader.read(topic, PartitionID(0), from: offset, maxBytes: maxBytes) {})
        }
        if case .pending = first { return }
        if answered.first() { continuation.resume(returning: first) }
      }
      switch outcome {
      case .batches(let block): return block
      case .pending: continue
      case .failed(let error): throw error
      }
    }
    Issue.record("offset \(offset) is never read")
    return ByteBlock([])
  }

  private func collect(_ block: ByteBlock, _ next: inout Offset, _ entries: inout [Entry]) throws {
    let decompressor = Decompressor()
    var position = 0
    while position < block.count {
      let bytes = UnsafeRawBufferPointer(rebasing: block.bytes[position...])
      var batch = try RecordIterator(batch: bytes, decompressor: decompressor)
      #expect(
        batch.header.hasValidChecksum(
          in: UnsafeRawBufferPointer(rebasing: bytes[..<batch.header.byteCount])))
      while let record = try batch.next() {
        guard record.offset >= next, !batch.header.isControl else { continue }
        entries.append(
          Entry(
            offset: record.offset.rawValue, timestamp: record.timestamp,
            key: record.key.map { Array($0) }, value: record.value.map { Array($0) },
            headers: record.headers.flatMap { [Array($0.key), $0.value.map { Array($0) }] }))
      }
      position += batch.header.byteCount
      next = max(next, batch.header.nextOffset)
    }
    withExtendedLifetime((block, decompressor)) {}
  }
}

/// Lets one of several callers answer.
final class Answered: Sendable {
  private let isTaken = Atomic<Bool>(false)
  func first() -> Bool { !isTaken.exchange(true, ordering: .acquiringAndReleasing) }
}

/// Waits for no time at all.
struct NoSleep: Sleeper {
  func sleep(milliseconds: Int64) async { await Task.yield() }
}
