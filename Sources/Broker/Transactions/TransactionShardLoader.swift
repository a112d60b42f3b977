import CommitLog
import Coordinators
import KafkaProtocol
import Platform
import Records

/// Reads a partition of `__transaction_state` from its start and replays it; blocks on the disk.
struct TransactionShardLoader {
  private let partition: PartitionLog
  private let log: Logger

  init(_ partition: PartitionLog, _ log: Logger) {
    self.partition = partition
    self.log = log
  }

  /// Gives the shard with everything that the log holds now.
  ///
  /// - Throws: `corrupt` for a damaged batch: to go on without it could decide a transaction twice.
  func load(_ empty: TransactionShard) throws(StorageError) -> TransactionShard {
    var shard = empty
    try ShardReader(partition).read { item in
      guard case .record(let record, _) = item, let key = record.key else { return }
      do throws(WireError) {
        if let known = try TransactionRecord(key: key, value: record.value) { shard.replay(known) }
      } catch {
        log.warn(
          "a record of the transactions topic cannot be read and is left out",
          ("partition", partition.topicPartition), ("offset", record.offset), ("error", error))
      }
    }
    return shard
  }
}
