import CommitLog
import KafkaProtocol
import Platform
import Records
import Synchronization

/// One partition as the serving threads see it: its log and who waits for it.
final class Partition: Sendable {
  let topicName: String
  let topicID: TopicID
  let id: PartitionID
  let log: PartitionLog
  private let epoch: Atomic<Int32>
  private let holdsAtSynced: Bool
  /// Who wants to know of changes that a fetch can see.
  let watchers = FetchWatchers()
  private let removed = Atomic<Bool>(false)
  private let syncing = Mutex(SyncQueue())

  private struct SyncQueue {
    var waiting: [SyncWaiter] = []
    var isRunning = false
  }

  /// - Parameter holdsAtSynced: consumers see only what is synced (`varve.read.synced`).
  init(
    topicName: String, topicID: TopicID, id: PartitionID, log: PartitionLog, epoch: LeaderEpoch,
    holdsAtSynced: Bool
  ) {
    self.topicName = topicName
    self.topicID = topicID
    self.id = id
    self.log = log
    self.epoch = Atomic(epoch.rawValue)
    self.holdsAtSynced = holdsAtSynced
    log.whenLogStartMoves { [watchers] in watchers.signal() }
  }

  var leaderEpoch: LeaderEpoch { LeaderEpoch(epoch.load(ordering: .relaxed)) }

  /// Compares the leader epoch that a client knows with the current one (KIP-320); nil when it may
  /// go on.
  func problem(withKnownEpoch known: LeaderEpoch) -> ErrorCode? {
    guard known.rawValue >= 0 else { return nil }
    if known < leaderEpoch { return .fencedLeaderEpoch }
    return known > leaderEpoch ? .unknownLeaderEpoch : nil
  }

  /// The end of what consumers see: with one broker the log's end, as with one replica in Kafka.
  var highWatermark: Offset { holdsAtSynced ? log.syncedOffset : log.endOffset }
}

// MARK: - Fetches that wait for records

extension Partition {
  /// Tells every fetch that watches. Call after the change is visible, from any thread.
  func wakeFetches() { watchers.signal() }

  /// The topic was deleted: nothing can be read any more, as fetches that wait find out at once.
  func remove() {
    removed.store(true, ordering: .sequentiallyConsistent)
    watchers.signal()
  }

  var isRemoved: Bool { removed.load(ordering: .relaxed) }
}

// MARK: - Transactions

extension Partition {
  /// The end of what consumers of committed records see.
  var lastStableOffset: Offset { min(highWatermark, log.lastStableOffset) }

  /// Ends a producer's transaction with a marker, and wakes the fetches that waited for it; see
  /// `PartitionLog.endTransaction`. May write to the disk, and is durable only after a sync.
  func endTransaction(
    _ marker: TransactionMarker, now: Int64
  ) throws(StorageError) -> AppendOutcome {
    let outcome = try log.endTransaction(marker, epoch: leaderEpoch, now: now)
    wakeFetches()
    return outcome
  }
}

// MARK: - Group sync

/// Somebody who waits until a partition is synced up to an offset.
struct SyncWaiter: Sendable {
  let upTo: Offset
  /// Called on a pool thread, with the error when the sync failed.
  let done: @Sendable (StorageError?) -> Void
}

extension Partition {
  /// Calls `waiter` when the log is synced up to its offset; one fdatasync serves all who wait.
  func whenSynced(_ waiter: SyncWaiter, pool: BlockingPool) {
    if log.syncedOffset >= waiter.upTo { return waiter.done(nil) }
    let mustStart = syncing.withLock { queue in
      queue.waiting.append(waiter)
      defer { queue.isRunning = true }
      return !queue.isRunning
    }
    guard mustStart, !pool.submit({ [self] in syncAll() }) else { return }
    let stranded = syncing.withLock { queue in
      queue.isRunning = false
      defer { queue.waiting.removeAll() }
      return queue.waiting
    }
    // Others may have joined between the append and the refusal: they get an answer too.
    let full = StorageError.failed(operation: "queue fdatasync", path: topicName, errno: 11)
    for other in stranded { other.done(full) }
  }

  private func syncAll() {
    while true {
      let waiting = syncing.withLock { queue in
        defer { queue.waiting.removeAll() }
        if queue.waiting.isEmpty { queue.isRunning = false }
        return queue.waiting
      }
      if waiting.isEmpty { return }
      var failure: StorageError?
      do throws(StorageError) { try log.sync() } catch { failure = error }
      for waiter in waiting { waiter.done(failure) }
      if holdsAtSynced { wakeFetches() }
    }
  }
}
