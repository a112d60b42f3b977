import Platform
import Records

/// The end of one producer's transaction in a partition: what a control batch says (KIP-98).
package struct TransactionMarker: Sendable, Equatable {
  package enum Outcome: Sendable {
    case commit
    case abort
  }

  package let producerID: Int64
  package let producerEpoch: Int16
  package let outcome: Outcome
  /// How often the transactional id's coordinator has changed hands.
  package let coordinatorEpoch: Int32

  package init(
    producerID: Int64, producerEpoch: Int16, outcome: Outcome, coordinatorEpoch: Int32
  ) {
    self.producerID = producerID
    self.producerEpoch = producerEpoch
    self.outcome = outcome
    self.coordinatorEpoch = coordinatorEpoch
  }

  /// Reads a whole control batch; nil when it is no end of a transaction.
  init?(_ batch: UnsafeRawBufferPointer, decompressor: Decompressor) throws(BatchError) {
    var iterator = try RecordIterator(batch: batch, decompressor: decompressor)
    let header = iterator.header
    guard header.isControl, header.hasProducerID, let record = try iterator.next(),
      let control = ControlRecord(record)
    else { return nil }
    switch control {
    case .commit(let epoch): self.init(header, .commit, epoch)
    case .abort(let epoch): self.init(header, .abort, epoch)
    case .other: return nil
    }
  }

  private init(_ header: BatchHeader, _ outcome: Outcome, _ coordinatorEpoch: Int32) {
    self.init(
      producerID: header.producerID, producerEpoch: header.producerEpoch, outcome: outcome,
      coordinatorEpoch: coordinatorEpoch)
  }

  /// The control batch, in memory that nobody else refers to. The log gives it its offset.
  func batch(timestamp: Int64) -> ByteBlock {
    var builder = RecordBatchBuilder(capacity: 128)
    builder.appendControlBatch(
      outcome == .commit
        ? .commit(coordinatorEpoch: coordinatorEpoch) : .abort(coordinatorEpoch: coordinatorEpoch),
      at: Offset(0), leaderEpoch: LeaderEpoch(-1), timestamp: timestamp, producerID: producerID,
      producerEpoch: producerEpoch)
    return builder.takeBlock()
  }
}
