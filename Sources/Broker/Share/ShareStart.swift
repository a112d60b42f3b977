import Cluster
import CommitLog
import Platform
import Records

/// Finds where a share group begins that has never read a partition.
struct ShareStart: Sendable {
  let partition: Partition
  let cold: any ColdTier
  let pool: BlockingPool
  let log: Logger

  /// Calls `done` once, at once or from any thread; with nil when it cannot be told now.
  func find(
    _ reset: ShareOffsetReset, wallMilliseconds now: Int64,
    _ done: @escaping @Sendable (Offset?) -> Void
  ) {
    switch reset {
    case .latest: done(partition.highWatermark)
    case .earliest: done(partition.log.logStartOffset)
    case .byDuration(let duration): search(max(0, now - duration), done)
    }
  }

  /// Times grow with offsets only roughly, so the older tier is asked first.
  private func search(_ timestamp: Int64, _ done: @escaping @Sendable (Offset?) -> Void) {
    let border = partition.log.localStartOffset
    guard border > partition.log.logStartOffset else {
      return searchLocal(timestamp, from: border, done)
    }
    cold.lookup(partition, timestamp: timestamp, below: border) { result in
      switch result {
      case .success(let found?): done(found.offset)
      case .success(nil): searchLocal(timestamp, from: border, done)
      case .failure: done(nil)
      }
    }
  }

  /// - Parameter border: where the older tier's search ended. If local deletion has passed it in
  ///   the meantime, what lies between has been searched in neither tier.
  private func searchLocal(
    _ timestamp: Int64, from border: Offset, _ done: @escaping @Sendable (Offset?) -> Void
  ) {
    let isQueued = pool.submit {
      do throws(StorageError) {
        let found = try partition.log.firstRecord(
          since: timestamp, from: partition.log.logStartOffset, decompressor: Decompressor())
        if partition.log.localStartOffset > border { return search(timestamp, done) }
        done(found?.offset ?? partition.highWatermark)
      } catch {
        log.error(
          "the start of a share group cannot be searched", ("topic", partition.topicName),
          ("partition", partition.id), ("error", error))
        done(nil)
      }
    }
    if !isQueued { done(nil) }
  }
}
