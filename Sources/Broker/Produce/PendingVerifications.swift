import CommitLog
import KafkaProtocol
import Platform
import Records

/// The transactional batches of one loop that wait until the coordinator has said whether their
/// transaction holds the partition. Touched on its loop's thread only.
///
/// Those of one producer for one partition wait together and share the answer, so that none
/// overtakes another: a later one must not begin the transaction when the first is to be retried.
/// `Owner` is who is told what became of a batch.
struct PendingVerifications<Owner> {
  /// Whose batches wait, and for which partition.
  struct Key: Hashable, Sendable {
    let partition: ObjectIdentifier
    let producerID: Int64
    let producerEpoch: Int16

    init(_ partition: Partition, _ header: BatchHeader) {
      self.partition = ObjectIdentifier(partition)
      producerID = header.producerID
      producerEpoch = header.producerEpoch
    }
  }

  /// A batch, in memory of its own: the frame it came in does not outlive the iteration.
  struct Batch {
    let block: ByteBlock
    let header: BatchHeader
    let origin: AppendOrigin
    let owner: Owner
    /// Of its Produce request.
    let version: Int16
  }

  /// What waits for one answer.
  struct Waiting {
    let partition: Partition
    let verification: VerificationGuard
    var batches: [Batch] = []

    var byteCount: Int { batches.reduce(0) { $0 + $1.block.count } }
  }

  private var waiting: [Key: Waiting] = [:]

  /// Whether an answer for these batches is on its way.
  func isAwaited(_ key: Key) -> Bool { !waiting.isEmpty && waiting[key] != nil }

  /// Queues a batch behind others that wait for the same answer.
  mutating func join(_ key: Key, _ batch: Batch) { waiting[key]?.batches.append(batch) }

  /// Queues the first batch, for whose answer somebody must ask.
  mutating func begin(
    _ key: Key, _ partition: Partition, _ verification: VerificationGuard, _ batch: Batch
  ) {
    waiting[key] = Waiting(partition: partition, verification: verification, batches: [batch])
  }

  /// Takes out what waited for an answer.
  mutating func end(_ key: Key) -> Waiting? { waiting.removeValue(forKey: key) }
}

extension ErrorCode {
  /// What a producer gets for a verification's outcome, by the version of its Produce request.
  func forProducer(version: Int16) -> ErrorCode {
    switch self {
    case .coordinatorLoadInProgress, .coordinatorNotAvailable, .notCoordinator,
      .concurrentTransactions, .networkException:
      // Every client retries this one, and looks for no other leader.
      .notEnoughReplicas
    case .producerFenced: .invalidProducerEpoch
    case .invalidTxnState, .transactionAbortable:
      // The newer code is known to clients of KIP-890.
      version >= 11 ? .transactionAbortable : .invalidTxnState
    default: self
    }
  }
}
