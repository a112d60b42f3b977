import CommitLog
import Coordinators
import Platform
import Records

extension ShareShardDriver {
  /// Records that may pile up behind an old snapshot before it is written anew.
  private static let recordsBehindSnapshot: Int64 = 20_000
  /// Snapshots that are written anew at once.
  private static let snapshotsPerTurn = 100

  /// Lets the log of the state begin with the oldest snapshot that counts. What lies before is not
  /// needed any more; whole segments of it go.
  ///
  /// Updates have one key for all of them, so that compaction would lose some: the topic is not
  /// compacted, as in Kafka.
  func prune() {
    let log = partition.log
    let end = log.endOffset
    let first = snapshots.values.min() ?? end
    if end - first > Self.recordsBehindSnapshot {
      let old = snapshots.filter { end - $0.value > Self.recordsBehindSnapshot / 2 }
      let oldest = old.sorted { $0.value < $1.value }.prefix(Self.snapshotsPerTurn)
      for (key, _) in oldest { handle(.renewSnapshot, of: key) }
    }
    guard first > log.logStartOffset else { return }
    let isQueued = parts.pool.submit { [parts, partition] in
      do throws(StorageError) {
        // The snapshots that count must be durable before those before them go.
        try log.sync()
        try log.advanceLogStart(to: first)
      } catch {
        parts.log.error(
          "old state of share groups cannot be deleted", ("partition", partition.id),
          ("error", error))
      }
    }
    if !isQueued {
      parts.log.debug("old state of share groups stays: the disk's queue is full")
    }
  }
}
