import Platform
import Records

@testable import CommitLog

/// A record of a `KeyedBatch`.
struct KeyedRecord: Equatable, Sendable {
  var key: String?
  /// nil for a tombstone.
  var value: String?
  var timestamp: Int64 = 1_700_000_000_000

  init(_ key: String?, _ value: String?, at timestamp: Int64 = 1_700_000_000_000) {
    self.key = key
    self.value = value
    self.timestamp = timestamp
  }
}

/// A batch of real records in memory of its own.
final class KeyedBatch {
  let memory: UnsafeMutableRawBufferPointer
  let header: BatchHeader

  init(
    _ records: [KeyedRecord], producer: TestBatch.ProducerMark? = nil,
    isTransactional: Bool = false, compression: Compression = .none,
    timestampType: TimestampType = .create
  ) throws {
    var builder = RecordBatchBuilder()
    let mark = producer.map {
      ProducerMark(id: $0.id, epoch: $0.epoch, baseSequence: $0.sequence)
    }
    builder.begin(
      at: Offset(0), leaderEpoch: LeaderEpoch(-1), timestampType: timestampType,
      producer: mark ?? .none, isTransactional: isTransactional)
    for (index, record) in records.enumerated() {
      let isIn = builder.append(
        offset: Offset(Int64(index)), timestamp: record.timestamp,
        keyBytes: record.key.map { Array($0.utf8) }, valueBytes: record.value.map { Array($0.utf8) }
      )
      precondition(isIn)
    }
    let bytes = try builder.finish(with: Compressor(compression))
    memory = .allocate(byteCount: bytes.count, alignment: 16)
    memory.copyMemory(from: UnsafeRawBufferPointer(bytes))
    header = BatchHeader(unchecked: UnsafeRawPointer(memory.baseAddress!))
  }

  deinit { memory.deallocate() }
}

/// A record as it is read from a log.
struct StoredRecord: Equatable, Sendable, CustomStringConvertible {
  let offset: Int64
  let key: String?
  let value: String?
  let timestamp: Int64

  var description: String { "\(offset):\(key ?? "-")=\(value ?? "-")" }
}

extension PartitionLog {
  /// Appends batches under one leader epoch; transactional ones may begin a transaction.
  @discardableResult
  func append(
    _ batches: [KeyedBatch], now: Int64 = 1_700_000_000_000
  ) throws -> [AppendOutcome] {
    defer { withExtendedLifetime(batches) {} }
    return try append(
      batches.map {
        BatchAppend(
          bytes: $0.memory, header: $0.header,
          verification: $0.header.isTransactional ? verificationGuard() : nil)
      }, epoch: LeaderEpoch(1), now: now)
  }

  /// Appends one batch of records.
  @discardableResult
  func put(_ records: [KeyedRecord], compression: Compression = .none) throws -> Offset {
    try append([KeyedBatch(records, compression: compression)])[0].baseOffset!
  }

  func end(
    _ outcome: TransactionMarker.Outcome, producer: Int64, epoch: Int16 = 0,
    now: Int64 = 1_700_000_000_000
  ) throws {
    _ = try endTransaction(
      TransactionMarker(
        producerID: producer, producerEpoch: epoch, outcome: outcome, coordinatorEpoch: 0),
      epoch: LeaderEpoch(1), now: now)
  }

  /// Every batch of the local log, empty ones too, with what is in it.
  func batches() throws -> [(header: BatchHeader, records: [StoredRecord])] {
    var found: [(header: BatchHeader, records: [StoredRecord])] = []
    let decompressor = Decompressor()
    for status in segments {
      let file = try status.segment.file()
      var scanner = SegmentScanner(file, from: 0, to: status.byteCount, chunkBytes: 4096)
      scanner.verifiesFrom = 0
      while let (header, position) = try scanner.expectBatch() {
        let block = try readBlock(of: file, at: position, count: header.byteCount)
        found.append((header, try storedRecords(block.bytes, decompressor)))
        withExtendedLifetime(block) {}
      }
    }
    return found
  }

  /// What a consumer sees from `offset` on, fetch by fetch; with `isCommitted` without the records
  /// of aborted and open transactions.
  func consume(
    from offset: Int64 = 0, maxBytes: Int = 1 << 20, isCommitted: Bool = false
  ) throws -> [StoredRecord] {
    var records: [StoredRecord] = []
    var next = max(Offset(offset), localStartOffset)
    let limit = isCommitted ? lastStableOffset : Offset(.max)
    let decompressor = Decompressor()
    while case .slice(let slice) = try read(from: next, maxBytes: maxBytes, below: limit) {
      let block = try slice.read()
      let headers = batchHeaders(block)
      let end = headers.last!.nextOffset
      let aborted = isCommitted ? try abortedTransactions(from: next, below: end) : []
      var position = 0
      for header in headers {
        let bytes = UnsafeRawBufferPointer(
          rebasing: block.bytes[position..<position + header.byteCount])
        position += header.byteCount
        let isHidden = aborted.contains {
          header.isTransactional && $0.producerID == header.producerID
            && header.baseOffset >= $0.firstOffset && header.baseOffset <= $0.lastOffset
        }
        if header.isControl || isHidden { continue }
        records += try storedRecords(bytes, decompressor).filter { $0.offset >= offset }
      }
      withExtendedLifetime(block) {}
      next = end
    }
    return records
  }
}

/// The records of one whole batch.
func storedRecords(
  _ bytes: UnsafeRawBufferPointer, _ decompressor: Decompressor
) throws -> [StoredRecord] {
  func text(_ bytes: UnsafeRawBufferPointer?) -> String? {
    bytes.map { String(decoding: $0, as: UTF8.self) }
  }
  var records: [StoredRecord] = []
  var iterator = try RecordIterator(batch: bytes, decompressor: decompressor)
  while let record = try iterator.next() {
    records.append(
      StoredRecord(
        offset: record.offset.rawValue, key: text(record.key), value: text(record.value),
        timestamp: record.timestamp))
  }
  return records
}

extension LogConfig {
  /// Small segments that are cleaned whenever anything is dirty.
  static func compacted(
    segmentBytes: Int64 = 1000, deleteRetention: Int64 = 1000
  ) -> LogConfig {
    var config = LogConfig.small(segmentBytes: segmentBytes)
    var compaction = CompactionConfig()
    compaction.minimumDirtyRatio = 0
    compaction.deleteRetentionMilliseconds = deleteRetention
    config.compaction = compaction
    return config
  }
}

extension CleanerResources {
  /// A map of a few KiB, and buffers that hold a batch or two.
  static func small(mapKeys: Int = 1000, pace: @escaping @Sendable (Int) -> Bool = { _ in true })
    -> CleanerResources
  {
    CleanerResources(
      mapByteCount: (mapKeys + 1) * 24, mapLoadFactor: 0.99, bufferByteCount: 4096,
      random: SeededRandom(seed: 5), pace: pace)
  }
}
