import KafkaProtocol
import Records

/// What a transactional id wants done.
package enum TransactionAction: Equatable, Sendable {
  /// Answers a request; each token once.
  case reply(ReplyToken, TransactionReply)
  /// Appends the record and tells by `persisted` or `failed`: when it is durable, or already when
  /// it is written.
  case persist(PersistTicket, TransactionRecord, awaitsSync: Bool)
  /// Gets a producer id that was never given out, and tells by `allocated`.
  case allocateProducerID
  /// Writes the outcome to every partition, durably, and tells by `markersWritten` or
  /// `markersFailed`.
  case writeMarkers(DecidedTransaction)
}

/// An answer, as far as it does not depend on the request's version.
package enum TransactionReply: Equatable, Sendable {
  /// To an initialisation or the end of a transaction: who the producer is from now on.
  case producer(ErrorCode, ProducerIdentity)
  /// To an addition or a verification: one for each partition, in their order.
  case partitions([ErrorCode])

  static func failed(_ code: ErrorCode) -> TransactionReply {
    .producer(code, ProducerIdentity(id: -1, epoch: -1))
  }
}

/// A transaction whose outcome stands in the log and is to be told to its partitions.
package struct DecidedTransaction: Equatable, Sendable {
  package let producer: ProducerIdentity
  package let commits: Bool
  /// In order.
  package let partitions: [TransactionPartition]
  /// 2 when the marker's epoch is above that of the transaction's batches (KIP-890), else 0.
  package let clientVersion: Int16
}
