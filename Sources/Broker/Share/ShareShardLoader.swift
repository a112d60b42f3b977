import CommitLog
import Coordinators
import KafkaProtocol
import Platform
import Records

/// Reads a partition of `__share_group_state` from its start and replays it; blocks on the disk.
struct ShareShardLoader {
  /// What the log holds.
  struct Loaded: Sendable {
    var shard: SharePartitionShard
    /// Where the last snapshot of each share-partition lies: what is older is not needed.
    var snapshots: [SharePartitionKey: Offset] = [:]
  }

  private let partition: PartitionLog
  private let log: Logger

  init(_ partition: PartitionLog, _ log: Logger) {
    self.partition = partition
    self.log = log
  }

  /// Gives the shard with everything that the log holds now.
  ///
  /// - Throws: `corrupt` for a damaged batch: to go on without it could deliver what is done with.
  func load(_ empty: SharePartitionShard) throws(StorageError) -> Loaded {
    var loaded = Loaded(shard: empty)
    try ShardReader(partition).read { item in
      guard case .record(let record, _) = item, let key = record.key else { return }
      do throws(WireError) {
        guard let known = try ShareRecord(key: key, value: record.value) else { return }
        loaded.shard.replay(known)
        switch known.content {
        case .snapshot: loaded.snapshots[known.key] = record.offset
        case .deletion: loaded.snapshots[known.key] = nil
        case .update: break
        }
      } catch {
        log.warn(
          "a record of the share groups' topic cannot be read and is left out",
          ("partition", partition.topicPartition), ("offset", record.offset), ("error", error))
      }
    }
    return loaded
  }
}
