import CommitLog
import Lake
import ObjectStore
import Platform
import Records
import Simulation
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
  let fileSystem: any FileSystem
  let partition: PartitionID
  let epoch: LeaderEpoch
  /// What became of the records in transactions.
  let ledger: TransactionLedger
  private let pool = BlockingPool(name: "settle", threads: 1, queueLimit: 100)

  /// - Parameters:
  ///   - fileSystem: a disk, to go on with after a crash; by default a new one in memory.
  ///   - sleeper: by default it does not wait, and the clock stands still.
  ///   - epoch: of the partition's leader, and so of the writer of the table.
  init(
    store: any ObjectStore = MemoryStore(), fileSystem: any FileSystem = SimulatedFileSystem(),
    settings: TieringSettings = TieredFixture.eager, sleeper: (any Sleeper)? = nil,
    partition: Int32 = 0, epoch: Int32 = 0, limits: ColdReader.Limits = ColdReader.Limits(),
    ledger: TransactionLedger = TransactionLedger()
  ) throws {
    self.ledger = ledger
    root = "/varve"
    self.store = store
    self.fileSystem = fileSystem
    self.partition = PartitionID(partition)
    self.epoch = LeaderEpoch(epoch)
    let identity = TableIdentity(
      clusterID: "cluster", topic: "flights", topicID: TopicID(high: 1, low: 2))
    directory = try LogDirectory.open(
      "\(self.root)/data", nodeID: 1,
      environment: LogEnvironment(
        fileSystem: fileSystem, clock: clock, random: SeededRandom(seed: 3),
        logger: Logger(part: "log", minimum: .error), recoveryThreads: 0)
    ) { _ in Self.logConfig }
    let name = TopicPartition(topic: "flights", partition: self.partition)
    log =
      try directory.log(of: name)
      ?? directory.create([name], topicID: identity.topicID, config: Self.logConfig)[0]
    environment = TieringEnvironment(
      lake: LakeEnvironment(
        store: store, clock: clock, sleeper: sleeper ?? NoSleep(), random: SystemRandom(),
        logger: Logger(part: "lake", minimum: .error)),
      fileSystem: fileSystem, intentDirectory: "\(self.root)/intents",
      indexDirectory: "\(self.root)/indexes", pool: pool)
    topic = TieredTopic(
      identity, partitions: [TieredPartition(id: self.partition, log: log)], settings: settings
    ) { Int64(epoch) }
    settler = TopicSettler(topic, environment, metrics: metrics, isHeld: holds.isHeld)
    reader = ColdReader(environment, holds: holds, limits: limits)
  }

  deinit { pool.stop() }

  /// The intents on the disk.
  var intents: [String] {
    guard fileSystem.exists("\(root)/intents") else { return [] }
    return ((try? fileSystem.list("\(root)/intents")) ?? []).map(\.name)
  }

  /// Settles everything that is there, at once, and keeps nothing local.
  static var eager: TieringSettings {
    var settings = TieringSettings()
    settings.commitIntervalMilliseconds = 0
    settings.maxLagMilliseconds = 0
    settings.localRetentionMilliseconds = 0
    return settings
  }

  static var logConfig: LogConfig {
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

  /// The record that `produce` writes at an offset.
  func entry(_ offset: Int64) -> Entry {
    Entry(
      offset: offset, timestamp: timestamp(offset),
      key: offset % 3 == 0 ? nil : Array("key-\(partition)-\(offset)".utf8),
      value: offset % 11 == 5 ? nil : Array(repeating: UInt8(offset & 0xff), count: 100),
      headers: offset % 5 == 0 ? [Array("h".utf8), offset % 2 == 0 ? nil : [1, 2]] : [])
  }

  /// Gives the time of the record at an offset.
  var timestamp: (Int64) -> Int64 = { 1_700_000_000_000 + $0 * 10 }

  /// Appends records, a few in each batch; their offsets say what they are.
  ///
  /// - Parameter transaction: the producer in whose transaction they are.
  func produce(
    _ count: Int, batch: Int = 7, epoch: Int32? = nil, type: TimestampType = .create,
    on other: PartitionLog? = nil, in transaction: Int64? = nil
  ) throws {
    let log = other ?? log
    var left = count
    while left > 0 {
      var builder = RecordBatchBuilder()
      // As a coordinator writes them: without sequence numbers.
      let producer = transaction.map { ProducerMark(id: $0, epoch: 0, baseSequence: -1) }
      builder.begin(
        at: Offset(0), leaderEpoch: LeaderEpoch(0), timestampType: type,
        producer: producer ?? .none, isTransactional: producer != nil)
      for index in 0..<min(batch, left) {
        let entry = entry(log.endOffset.rawValue + Int64(index))
        var headers = RecordHeadersWriter()
        if let name = entry.headers.first, let name {
          headers.append(key: String(decoding: name, as: UTF8.self), value: entry.headers[1])
        }
        let block = entry.key.map { ByteBlock($0) }
        let body = entry.value.map { ByteBlock($0) }
        let isTaken = builder.append(
          offset: Offset(Int64(index)), timestamp: entry.timestamp, key: block?.bytes,
          value: body?.bytes, headers: headers.headers)
        withExtendedLifetime((block, body)) {}
        precondition(isTaken)
      }
      let bytes = try builder.finish()
      let header = BatchHeader(unchecked: UnsafeRawPointer(bytes.baseAddress!))
      let base = log.endOffset
      let outcome = try log.append(
        [
          BatchAppend(
            bytes: bytes, header: header, origin: producer == nil ? .client : .coordinator,
            verification: log.verificationGuard())
        ], epoch: epoch.map { LeaderEpoch($0) } ?? self.epoch, now: clock.wallMilliseconds())
      try #require(outcome == [.appended(baseOffset: base)])
      if let transaction {
        ledger.wrote(base.rawValue..<log.endOffset.rawValue, in: transaction)
      }
      left -= min(batch, left)
    }
  }

  /// Ends a producer's transaction.
  func end(_ transaction: Int64, _ outcome: TransactionMarker.Outcome) throws {
    let offset = log.endOffset
    let marker = TransactionMarker(
      producerID: transaction, producerEpoch: 0, outcome: outcome, coordinatorEpoch: 0)
    // A moment ago, so that `local.retention.ms=0` takes the marker's segment, too.
    let now = clock.wallMilliseconds() - 1
    let appended = try log.endTransaction(marker, epoch: epoch, now: now)
    try #require(appended == .appended(baseOffset: offset))
    ledger.ended(transaction, outcome, at: offset.rawValue)
  }

  /// What consumers of committed records are to see from `start` on.
  func committed(from start: Int64 = 0) -> [Entry] {
    guard start < log.lastStableOffset.rawValue else { return [] }
    return (start..<log.lastStableOffset.rawValue).filter { !ledger.gaps.contains($0) }
      .map { entry($0) }
  }

  /// Everything that a consumer of committed records reads from `start` on, over both tiers.
  func consume(from start: Int64 = 0, maxBytes: Int = 20_000) async throws -> [Entry] {
    var entries: [Entry] = []
    var next = Offset(start)
    while true {
      let stable = log.lastStableOffset
      guard next < stable else { return entries }
      let block: ByteBlock
      var aborted: [AbortedTransaction] = []
      switch try log.read(from: next, maxBytes: maxBytes, below: stable) {
      case .slice(let slice):
        block = try slice.read()
        aborted = try log.abortedTransactions(from: next, below: slice.endOffset)
      case .beforeLocalStart: block = try await readCold(next, maxBytes)
      case .empty, .beyondEnd: return entries
      }
      let before = next
      try collect(block, &next, &entries, aborted)
      try #require(next > before, "the consumer hangs at \(before)")
    }
  }

  func readCold(_ offset: Offset, _ maxBytes: Int) async throws -> ByteBlock {
    for _ in 0..<100 {
      let outcome: ColdReader.Outcome = await withCheckedContinuation { continuation in
        let answered = Answered()
        let first = reader.read(topic, partition, from: offset, maxBytes: maxBytes) {
          [reader, topic, partition] in
          guard answered.first() else { return }
          continuation.resume(
            returning: reader.read(topic, partition, from: offset, maxBytes: maxBytes) {})
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

  /// Takes the records of an answer as the Java client does: a producer is left out from where one
  /// of its aborted transactions begins to the next abort marker.
  private func collect(
    _ block: ByteBlock, _ next: inout Offset, _ entries: inout [Entry],
    _ aborted: [AbortedTransaction]
  ) throws {
    let decompressor = Decompressor()
    var upcoming = aborted.sorted { $0.firstOffset < $1.firstOffset }[...]
    var left: Set<Int64> = []
    var position = 0
    while position < block.count {
      let bytes = UnsafeRawBufferPointer(rebasing: block.bytes[position...])
      var batch = try RecordIterator(batch: bytes, decompressor: decompressor)
      #expect(
        batch.header.hasValidChecksum(
          in: UnsafeRawBufferPointer(rebasing: bytes[..<batch.header.byteCount])))
      while let first = upcoming.first, first.firstOffset <= batch.header.lastOffset {
        left.insert(first.producerID)
        upcoming.removeFirst()
      }
      let isLeftOut = batch.header.isTransactional && left.contains(batch.header.producerID)
      while let record = try batch.next() {
        if batch.header.isControl, case .abort = ControlRecord(record) {
          left.remove(batch.header.producerID)
        }
        guard record.offset >= next, !batch.header.isControl, !isLeftOut else { continue }
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
