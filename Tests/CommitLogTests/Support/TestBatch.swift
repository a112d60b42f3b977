import CommitLog
import Platform
import Records

/// A batch in memory of its own, as a receive buffer holds it: valid in everything but its payload,
/// which is filler.
final class TestBatch {
  let memory: UnsafeMutableRawBufferPointer
  let header: BatchHeader

  init(
    records: Int = 1, payload: Int = 40, timestamp: Int64 = 1_700_000_000_000,
    producer: ProducerMark? = nil, isTransactional: Bool = false, seed: UInt8 = 7
  ) {
    let byteCount = BatchHeader.headerByteCount + payload
    memory = .allocate(byteCount: byteCount, alignment: 16)
    for index in BatchHeader.headerByteCount..<byteCount {
      memory[index] = seed &+ UInt8(truncatingIfNeeded: index &* 31)
    }
    var header = BatchHeader(
      baseOffset: Offset(0), length: Int32(byteCount - BatchHeader.lengthOverhead),
      partitionLeaderEpoch: LeaderEpoch(-1),
      attributes: isTransactional ? BatchHeader.Attributes.transactional : 0,
      lastOffsetDelta: Int32(records - 1), baseTimestamp: timestamp, maxTimestamp: timestamp,
      recordCount: Int32(records))
    if let producer {
      header.producerID = producer.id
      header.producerEpoch = producer.epoch
      header.baseSequence = producer.sequence
    }
    header.write(to: memory.baseAddress!)
    BatchHeader.sealChecksum(of: memory)
    self.header = BatchHeader(unchecked: UnsafeRawPointer(memory.baseAddress!))
  }

  deinit { memory.deallocate() }

  struct ProducerMark {
    let id: Int64
    var epoch: Int16 = 0
    let sequence: Int32
  }

  var bytes: [UInt8] { Array(memory) }
}

extension PartitionLog {
  /// Appends batches and keeps them alive meanwhile; transactional ones with a guard that is taken
  /// now.
  @discardableResult
  func append(
    _ batches: [TestBatch], epoch: Int32 = 1, origin: AppendOrigin = .client,
    now: Int64 = 1_700_000_000_000
  ) throws(StorageError) -> [AppendOutcome] {
    defer { withExtendedLifetime(batches) {} }
    let verification = verificationGuard()
    return try append(
      batches.map {
        BatchAppend(
          bytes: $0.memory, header: $0.header, origin: origin,
          verification: $0.header.isTransactional ? verification : nil)
      }, epoch: LeaderEpoch(epoch), now: now)
  }

  /// Ends the transaction of a producer.
  @discardableResult
  func end(
    _ producerID: Int64, _ outcome: TransactionMarker.Outcome, epoch: Int16 = 0,
    coordinatorEpoch: Int32 = 0
  ) throws(StorageError) -> AppendOutcome {
    try endTransaction(
      TransactionMarker(
        producerID: producerID, producerEpoch: epoch, outcome: outcome,
        coordinatorEpoch: coordinatorEpoch),
      epoch: LeaderEpoch(1), now: 1_700_000_000_000)
  }

  /// All batches from `offset` to `limit` as a consumer gets them, read by read.
  func readAll(
    from offset: Offset, below limit: Offset = Offset(.max), maxBytes: Int = 1 << 20
  ) throws(StorageError) -> [BatchHeader] {
    var headers: [BatchHeader] = []
    var next = offset
    while case .slice(let slice) = try read(from: next, maxBytes: maxBytes, below: limit) {
      let found = batchHeaders(try slice.read())
      headers += found
      next = found.last!.nextOffset
    }
    return headers
  }
}

/// The headers of batches that lie back to back, their checksums verified; what follows the last
/// whole batch is an error.
func batchHeaders(_ block: ByteBlock) -> [BatchHeader] {
  defer { withExtendedLifetime(block) {} }
  let bytes = block.bytes
  var headers: [BatchHeader] = []
  var position = 0
  while position < bytes.count {
    let rest = UnsafeRawBufferPointer(rebasing: bytes[position...])
    guard let header = BatchHeader(rest), header.byteCount <= rest.count,
      header.hasValidChecksum(in: UnsafeRawBufferPointer(rebasing: rest[..<header.byteCount]))
    else { fatalError("no whole batch at \(position) of \(bytes.count)") }
    headers.append(header)
    position += header.byteCount
  }
  return headers
}
