import CommitLog
import Coordinators
import Platform
import Records

/// Builds the batches of one write of a shard: one as a rule, and one more for each transaction.
struct ShardBatches: ~Copyable {
  /// The batches, in bytes that nobody else refers to, so that the log may write into them.
  struct Finished {
    let block: ByteBlock
    let appends: [BatchAppend]
  }

  private let epoch: LeaderEpoch
  private let now: Int64
  private var builder = RecordBatchBuilder(capacity: 4096)
  private var isOpen = false
  private var count: Int64 = 0
  /// What each batch needs to begin a transaction.
  private var verifications: [VerificationGuard?] = []

  init(epoch: LeaderEpoch, now: Int64) {
    self.epoch = epoch
    self.now = now
  }

  /// Adds records and gives the number of the batch that the last of them is in. Those of a
  /// transaction stand in a batch of their own.
  mutating func add(
    _ records: [(key: [UInt8], value: [UInt8]?)], in producer: ProducerIdentity?,
    _ verification: VerificationGuard?
  ) -> Int {
    if producer != nil { close() }
    for record in records {
      if !isOpen { begin(producer, verification) }
      if append(record) { continue }
      // The batch is full.
      close()
      begin(producer, verification)
      let isIn = append(record)
      precondition(isIn, "a record that came in one frame fits a batch")
    }
    if producer != nil { close() }
    return verifications.count - 1
  }

  /// Ends the last batch and hands all over.
  mutating func finish() -> Finished {
    close()
    let block = builder.takeBlock()
    let bytes = UnsafeMutableRawBufferPointer(mutating: block.bytes)
    var appends: [BatchAppend] = []
    var position = 0
    for verification in verifications {
      let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[position...])
      guard let header = BatchHeader(UnsafeRawBufferPointer(rest)) else {
        preconditionFailure("a batch that was just built has a header")
      }
      let batch = UnsafeMutableRawBufferPointer(rebasing: rest[..<header.byteCount])
      appends.append(
        BatchAppend(
          bytes: batch, header: header, origin: .coordinator, verification: verification))
      position += header.byteCount
    }
    return Finished(block: block, appends: appends)
  }

  /// The log gives the records their offsets.
  private mutating func begin(_ producer: ProducerIdentity?, _ verification: VerificationGuard?) {
    let mark = producer.map { ProducerMark(id: $0.id, epoch: $0.epoch, baseSequence: -1) }
    builder.begin(
      at: Offset(0), leaderEpoch: epoch, producer: mark ?? .none, isTransactional: mark != nil)
    verifications.append(verification)
    isOpen = true
    count = 0
  }

  private mutating func append(_ record: (key: [UInt8], value: [UInt8]?)) -> Bool {
    let isIn = builder.append(
      offset: Offset(count), timestamp: now, keyBytes: record.key, valueBytes: record.value)
    if isIn { count += 1 }
    return isIn
  }

  private mutating func close() {
    guard isOpen else { return }
    isOpen = false
    do throws(BatchError) { try builder.finish() } catch {
      preconditionFailure("a batch without compression failed: \(error)")
    }
  }
}
