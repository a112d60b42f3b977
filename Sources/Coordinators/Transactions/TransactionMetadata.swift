/// What is known of a transactional id; changes only by a replayed record.
package struct TransactionMetadata: Equatable, Sendable {
  /// The epoch is never given to a client when it is this high: one is kept for fencing.
  package static let exhaustedEpoch = Int16.max - 1

  package var producerID: Int64
  /// The id before the last change: a producer that missed the change still names it.
  package var previousProducerID: Int64 = -1
  /// The id that takes over when the transaction is complete, because the epochs of this one are
  /// used up; −1 for none.
  package var nextProducerID: Int64 = -1
  package var producerEpoch: Int16
  /// The epoch that the present producer had before; −1 when another producer has taken over, or
  /// after a restart: it is not in the log, as in Kafka.
  package var lastProducerEpoch: Int16 = -1
  package var timeoutMilliseconds: Int32
  package var state: TransactionState
  package var partitions: Set<TransactionPartition> = []
  /// Milliseconds since 1970; −1 when no transaction was begun.
  package var startTimestamp: Int64 = -1
  /// Milliseconds since 1970.
  package var lastUpdateTimestamp: Int64
  /// 2 when the producer's epoch goes up with every transaction (KIP-890), 0 for older clients.
  package var clientVersion: Int16 = 0

  package init(
    producerID: Int64, producerEpoch: Int16, timeoutMilliseconds: Int32,
    state: TransactionState = .empty, lastUpdateTimestamp: Int64
  ) {
    self.producerID = producerID
    self.producerEpoch = producerEpoch
    self.timeoutMilliseconds = timeoutMilliseconds
    self.state = state
    self.lastUpdateTimestamp = lastUpdateTimestamp
  }

  /// Whether no epoch is left for a client.
  var isEpochExhausted: Bool { producerEpoch >= Self.exhaustedEpoch }

  /// The epoch above; there is always one above a client's.
  var raisedEpoch: Int16 { producerEpoch == .max ? .max : producerEpoch + 1 }
}
