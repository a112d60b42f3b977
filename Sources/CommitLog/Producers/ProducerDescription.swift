import Records

/// What a partition remembers of one producer, as operators see it (KIP-664).
package struct ProducerDescription: Sendable, Equatable {
  package let producerID: Int64
  package let producerEpoch: Int16
  /// −1 when it has written nothing under its epoch.
  package let lastSequence: Int32
  /// The youngest timestamp of its last batch, in milliseconds since 1970.
  package let lastTimestamp: Int64
  /// −1 when none of its transactions has ended.
  package let coordinatorEpoch: Int32
  /// Nil when no transaction is open.
  package let transactionStart: Offset?

}

extension ProducerDescription {
  init(_ producerID: Int64, _ entry: ProducerEntry) {
    self.init(
      producerID: producerID, producerEpoch: entry.epoch,
      lastSequence: entry.last?.lastSequence ?? -1, lastTimestamp: entry.lastTimestamp,
      coordinatorEpoch: entry.coordinatorEpoch, transactionStart: entry.transactionStart)
  }
}
