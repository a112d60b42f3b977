import CommitLog
import Coordinators
import KafkaProtocol
import Platform
import Records

/// Reads a partition of `__consumer_offsets` from its start and replays it; blocks on the disk.
struct GroupShardLoader {
  private let partition: PartitionLog
  private let log: Logger

  init(_ partition: PartitionLog, _ log: Logger) {
    self.partition = partition
    self.log = log
  }

  /// Gives the shard with everything that the log holds now.
  ///
  /// - Throws: `corrupt` for a damaged batch: to go on without it would lose offsets.
  func load(_ empty: GroupShard) throws(StorageError) -> GroupShard {
    var shard = empty
    try ShardReader(partition).read { item in
      switch item {
      case .record(let record, let producerID): replay(record, producerID, into: &shard)
      case .transactionEnd(let producerID, let commits):
        shard.endTransaction(ofProducer: producerID, commits: commits)
      }
    }
    return shard
  }

  private func replay(_ record: RecordView, _ producerID: Int64?, into shard: inout GroupShard) {
    guard let key = record.key else { return }
    do throws(WireError) {
      guard let known = try GroupRecord(key: key, value: record.value) else { return }
      if let producerID {
        shard.replay(known, inTransactionOf: producerID)
      } else {
        shard.replay(known)
      }
    } catch {
      log.warn(
        "a record of the offsets topic cannot be read and is left out",
        ("partition", partition.topicPartition), ("offset", record.offset), ("error", error))
    }
  }
}
