import Platform
import Records
import Simulation
import Testing

@testable import CommitLog

/// Random puts, deletes, transactions, cleanings and crashes, beside a map. A failure names the
/// seed that repeats it.
struct CleaningModelTests {
  /// All that was ever written.
  private struct Model {
    enum Event {
      case record(StoredRecord, producer: Int64?)
      case marker(offset: Int64, producer: Int64, isCommit: Bool)

      var offset: Int64 {
        switch self {
        case .record(let record, _): record.offset
        case .marker(let offset, _, _): offset
        }
      }
    }

    var events: [Event] = []
    /// Every batch of a producer.
    var batches: [(producer: Int64, offset: Int64, count: Int32)] = []
    var synced: Int64 = 0

    /// Producers with records and no marker after them.
    var open: Set<Int64> {
      var open: Set<Int64> = []
      for event in events {
        switch event {
        case .record(_, let producer?): open.insert(producer)
        case .record: break
        case .marker(_, let producer, _): open.remove(producer)
        }
      }
      return open
    }

    /// The sequence number of a producer's next record.
    func sequence(of producer: Int64) -> Int32 {
      batches.reduce(0) { $0 + ($1.producer == producer ? $1.count : 0) }
    }

    mutating func truncate(to end: Int64) {
      events.removeAll { $0.offset >= end }
      batches.removeAll { $0.offset >= end }
      synced = end
    }

    /// The records that consumers of committed ones may see, below `end`.
    func committed(below end: Int64) -> [StoredRecord] {
      var visible: [StoredRecord] = []
      var pending: [Int64: [StoredRecord]] = [:]
      for event in events {
        switch event {
        case .record(let record, nil): visible.append(record)
        case .record(let record, let producer?): pending[producer, default: []].append(record)
        case .marker(_, let producer, let isCommit):
          let records = pending.removeValue(forKey: producer) ?? []
          if isCommit { visible += records }
        }
      }
      return visible.filter { $0.offset < end }.sorted { $0.offset < $1.offset }
    }
  }

  private final class Run {
    let random: SeededRandom
    let fileSystem = SimulatedFileSystem()
    let name = TopicPartition(topic: "t", partition: PartitionID(1))
    let config: LogConfig
    var directory: LogDirectory
    var log: PartitionLog
    var model = Model()
    var now: Int64 = 1_700_000_000_000
    var count = 0
    var cleanings = 0

    init(seed: UInt64) throws {
      random = SeededRandom(seed: seed)
      var config = LogConfig.compacted(
        segmentBytes: Int64(300 + random.below(1500)), deleteRetention: Int64(random.below(2000)))
      config.indexIntervalBytes = random.below(600)
      self.config = config
      directory = try LogDirectory.simulated(fileSystem, config)
      log = try directory.create([name], topicID: .zero, config: config)[0]
    }

    func step() throws {
      now += Int64(random.below(100))
      switch random.below(100) {
      case 0..<40: try put(producer: nil)
      case 40..<58: try put(producer: Int64(random.below(3)))
      case 58..<70: try end()
      case 70..<76: try log.roll(now: now)
      case 76..<80: model.synced = try log.sync().rawValue
      case 80..<92: try clean()
      case 92..<95: try restart()
      default: try crash()
      }
    }

    /// Producer 0 is idempotent only, the others are transactional.
    private func put(producer: Int64?) throws {
      var records: [KeyedRecord] = []
      for _ in 0...random.below(4) {
        count += 1
        let key = "k\(random.below(12))"
        records.append(KeyedRecord(key, random.below(5) == 0 ? nil : "v\(count)", at: now))
      }
      let codec = Compression.allCases[random.below(Compression.allCases.count)]
      let base = log.endOffset.rawValue
      let mark = producer.map {
        TestBatch.ProducerMark(id: $0, sequence: model.sequence(of: $0))
      }
      let isTransactional = producer ?? 0 > 0
      let batch = try KeyedBatch(
        records, producer: mark, isTransactional: isTransactional, compression: codec)
      try #require(try log.append([batch], now: now) == [.appended(baseOffset: Offset(base))])
      if let producer {
        model.batches.append((producer: producer, offset: base, count: Int32(records.count)))
      }
      for (index, record) in records.enumerated() {
        let stored = StoredRecord(
          offset: base + Int64(index), key: record.key, value: record.value,
          timestamp: record.timestamp)
        model.events.append(.record(stored, producer: isTransactional ? producer : nil))
      }
    }

    private func end() throws {
      guard let producer = model.open.sorted().first else { return }
      let isCommit = random.below(3) > 0
      let offset = log.endOffset.rawValue
      try log.end(isCommit ? .commit : .abort, producer: producer, now: now)
      model.events.append(.marker(offset: offset, producer: producer, isCommit: isCommit))
    }

    private func clean() throws {
      if random.below(3) == 0 { try log.roll(now: now) }
      let report = try log.clean(.small(mapKeys: 1 + random.below(20)), now: now)
      if report != nil { cleanings += 1 }
      model.synced = max(model.synced, log.syncedOffset.rawValue)
      try check()
    }

    /// What a consumer sees are records as they were written, in order, among them the last of each
    /// key, unless that is a tombstone.
    func check() throws {
      try #require(model.open == Set((0..<3).filter { log.hasOpenTransaction(ofProducer: $0) }))
      let found = try log.consume(maxBytes: 1 + random.below(1000), isCommitted: true)
      let committed = model.committed(below: log.lastStableOffset.rawValue)
      var next = committed.startIndex
      for record in found {
        while next < committed.endIndex, committed[next] != record { next += 1 }
        try #require(next < committed.endIndex, "\(record) was not written so, or not there")
        next += 1
      }
      var latest: [String: StoredRecord] = [:]
      for record in committed { latest[record.key!] = record }
      let there = Set(found.map(\.offset))
      for record in latest.values where record.value != nil {
        try #require(there.contains(record.offset), "\(record) is lost")
      }
      let from = Int64(random.below(Int(log.endOffset.rawValue) + 1))
      try #require(
        try log.consume(from: from, isCommitted: true) == found.filter { $0.offset >= from })
    }

    private func restart() throws {
      try directory.close()
      fileSystem.restart(random)
      try reopen()
      try check()
    }

    private func crash() throws {
      if random.below(3) > 0 {
        fileSystem.failPower(at: fileSystem.effectCount + 1 + random.below(40))
        _ = try? log.roll(now: now)
        if let synced = try? log.sync().rawValue { model.synced = synced }
        while (try? log.clean(.small(mapKeys: 5), now: now)) ?? nil != nil {}
      }
      fileSystem.restart(random)
      try reopen()
      let end = log.endOffset.rawValue
      try #require(end >= model.synced)
      model.truncate(to: end)
      try check()
    }

    private func reopen() throws {
      directory = try LogDirectory.simulated(fileSystem, config)
      let offline = directory.offlinePartitions.values.map(\.description)
      try #require(offline.isEmpty)
      log = try #require(directory.log(of: name))
    }
  }

  @Test(arguments: 0..<40)
  func `a cleaned log has what a map has`(seed: UInt64) throws {
    let run = try Run(seed: seed)
    for _ in 0..<250 { try run.step() }
    try run.check()
    #expect(run.cleanings > 5)
  }
}
