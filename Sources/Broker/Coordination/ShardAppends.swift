import CommitLog
import Coordinators
import KafkaProtocol
import Platform
import Records

/// A record of a coordinator's internal topic.
protocol ShardRecord {
  func encoded() throws(WireError) -> (key: [UInt8], value: [UInt8]?)
}

extension GroupRecord: ShardRecord {}
extension TransactionRecord: ShardRecord {}

/// Records of one shard on their way to its log and to the disk, in the order in which they were
/// decided. Belongs to the shard's loop.
struct ShardAppends<Record: ShardRecord, Owner> {
  /// In whose transaction records are, and what lets them begin it in this log.
  struct Producer {
    let identity: ProducerIdentity
    let verification: VerificationGuard?
  }

  /// What became of a write.
  struct Written {
    /// The end of what was appended; nil when nothing was.
    var end: Offset?
    /// Whose records are not in the log, and the error that their clients get.
    var refused: [(Owner, ErrorCode)] = []
  }

  private struct Waiting {
    let owner: Owner
    let records: [Record]
    let producer: Producer?
  }

  /// A batch that is to be written, and whose records are in it.
  private struct Batch {
    var append: BatchAppend
    var owners: [Owner]
  }

  private let partition: Partition
  private let clock: any Clock
  private let log: Logger
  /// What clients get whose records the format cannot hold.
  private let tooLarge: ErrorCode
  private var waiting: [Waiting] = []
  /// Appended and not known to be synced, by the end of their write.
  private var unsynced: [(end: Offset, owners: [Owner])] = []

  init(_ partition: Partition, clock: any Clock, log: Logger, tooLarge: ErrorCode) {
    self.partition = partition
    self.clock = clock
    self.log = log
    self.tooLarge = tooLarge
  }

  /// Queues records for the next `write`; true when they are the first.
  ///
  /// - Parameter producer: in whose transaction; nil for none.
  mutating func add(_ records: [Record], in producer: Producer? = nil, _ owner: Owner) -> Bool {
    waiting.append(Waiting(owner: owner, records: records, producer: producer))
    return waiting.count == 1
  }

  /// Appends all that waits with one system call.
  mutating func write() -> Written {
    var written = Written()
    guard !waiting.isEmpty else { return written }
    var builder = ShardBatches(epoch: partition.leaderEpoch, now: clock.wallMilliseconds())
    // Owners by the batch that has the last of their records.
    var owners: [(owner: Owner, batch: Int)] = []
    for entry in waiting {
      do throws(WireError) {
        var encoded: [(key: [UInt8], value: [UInt8]?)] = []
        for record in entry.records { encoded.append(try record.encoded()) }
        let producer = entry.producer?.identity
        let batch = builder.add(encoded, in: producer, entry.producer?.verification)
        owners.append((entry.owner, batch))
      } catch {
        written.refused.append((entry.owner, tooLarge))
      }
    }
    waiting.removeAll(keepingCapacity: true)
    guard !owners.isEmpty else { return written }
    append(builder.finish(), owners, &written)
    return written
  }

  private mutating func append(
    _ batches: ShardBatches.Finished, _ owners: [(owner: Owner, batch: Int)],
    _ written: inout Written
  ) {
    do throws(StorageError) {
      let outcomes = try partition.log.append(
        batches.appends, epoch: partition.leaderEpoch, now: clock.wallMilliseconds())
      var accepted: [Owner] = []
      for (owner, batch) in owners {
        if let refusal = outcomes[batch].refusal {
          written.refused.append((owner, refusal))
        } else {
          accepted.append(owner)
        }
      }
      guard !accepted.isEmpty else { return }
      let end = partition.log.endOffset
      written.end = end
      unsynced.append((end, accepted))
    } catch {
      log.error(
        "a coordinator's state cannot be written", ("topic", partition.topicName),
        ("partition", partition.id), ("error", error))
      written.refused += owners.map { ($0.owner, .notCoordinator) }
    }
    withExtendedLifetime(batches) {}
  }

  /// Those of the last write who need not wait for the disk: they are told now.
  mutating func takeWritten(where isReady: (Owner) -> Bool) -> [Owner] {
    guard let last = unsynced.last else { return [] }
    unsynced[unsynced.count - 1].owners.removeAll(where: isReady)
    return last.owners.filter(isReady)
  }

  /// Those whose writes end at or before `end`, in their order.
  mutating func take(upTo end: Offset) -> [Owner] {
    let count = unsynced.prefix { $0.end <= end }.count
    defer { unsynced.removeFirst(count) }
    return unsynced[..<count].flatMap(\.owners)
  }
}

extension AppendOutcome {
  /// What clients get whose batch is not in the log; nil when it is.
  var refusal: ErrorCode? {
    switch self {
    case .appended, .duplicate: nil
    case .outOfOrderSequence: .outOfOrderSequenceNumber
    case .invalidProducerEpoch: .invalidProducerEpoch
    case .invalidTransactionState: .invalidTxnState
    case .coordinatorFenced: .transactionCoordinatorFenced
    }
  }
}
