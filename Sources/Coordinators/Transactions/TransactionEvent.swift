import KafkaProtocol
import Records

/// A producer takes a transactional id over, or goes on with it under a higher epoch.
package struct ProducerInitialization: Equatable, Sendable {
  package var timeoutMilliseconds: Int32
  /// Who the producer was until now, if it says so (KIP-360).
  package var expected: ProducerIdentity?

  package init(timeoutMilliseconds: Int32, expected: ProducerIdentity? = nil) {
    self.timeoutMilliseconds = timeoutMilliseconds
    self.expected = expected
  }
}

/// A producer id and its epoch.
package struct ProducerIdentity: Hashable, Sendable {
  package var id: Int64
  package var epoch: Int16

  package init(id: Int64, epoch: Int16) {
    self.id = id
    self.epoch = epoch
  }
}

/// Partitions that a producer says it writes to in its transaction.
package struct TransactionAddition: Equatable, Sendable {
  package var producer: ProducerIdentity
  package var partitions: [TransactionPartition]
  /// 2 when the producer's epoch goes up with every transaction (KIP-890), else 0.
  package var clientVersion: Int16

  package init(
    producer: ProducerIdentity, partitions: [TransactionPartition], clientVersion: Int16 = 0
  ) {
    self.producer = producer
    self.partitions = partitions
    self.clientVersion = clientVersion
  }
}

/// A producer ends its transaction.
package struct TransactionEnd: Equatable, Sendable {
  package var producer: ProducerIdentity
  package var commits: Bool
  /// 2 when the producer expects a higher epoch in the answer (KIP-890), else 0.
  package var clientVersion: Int16

  package init(producer: ProducerIdentity, commits: Bool, clientVersion: Int16 = 0) {
    self.producer = producer
    self.commits = commits
    self.clientVersion = clientVersion
  }
}

/// What happens to a transactional id.
package enum TransactionEvent: Sendable {
  case initialize(ProducerInitialization, ReplyToken)
  case add(TransactionAddition, ReplyToken)
  /// Are these partitions in the producer's transaction?
  case verify(TransactionAddition, ReplyToken)
  case end(TransactionEnd, ReplyToken)
  /// The producer id that was asked for, or why there is none.
  case allocated(Result<Int64, ErrorCode>)
  /// Every partition of the decided transaction has its marker, durable.
  case markersWritten
  /// Some partitions' markers could not be written.
  case markersFailed
  /// The ticket's record is as durable as its `persist` asked for. Tickets come in their order.
  case persisted(PersistTicket)
  /// The ticket's record could not be stored.
  case failed(PersistTicket, ErrorCode)
  /// It is time to abort what has been open for too long, and to try again what got stuck.
  case checkTimeout
  /// It is time to forget an id that nobody uses any more.
  case checkExpiry
  /// The coordinator stops or moves: everyone who waits is sent away.
  case unload
}
