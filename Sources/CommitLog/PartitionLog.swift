import Platform
import Records
import Synchronization

/// The local log of one partition: a directory of segments in Kafka's layout.
///
/// Thread-safe. One appends at a time; readers never wait for an append or a sync. All calls may
/// block on the disk: `append` for one write, `read` hardly ever for batches that are in memory.
///
/// The locks are taken in this order: `syncing`, `writer`, `view`.
package final class PartitionLog: Sendable {
  package let topicPartition: TopicPartition
  let fileSystem: any FileSystem
  let fence: StorageFence
  /// Where the directory is; it moves when the partition is deleted.
  package let directory: String
  /// Held by whoever syncs or removes files.
  let syncing = Mutex<Void>(())
  let isAbandoned = Atomic<Bool>(false)
  let writer: Mutex<LogWriter>
  let view: Mutex<LogView>
  /// Writes the directory's checkpoints; called when this log's part of them must be durable.
  let saveCheckpoints: @Sendable () throws(StorageError) -> Void
  let logStartObserver = Mutex<(@Sendable () -> Void)?>(nil)

  init(
    _ topicPartition: TopicPartition, fileSystem: any FileSystem, directory: String,
    fence: StorageFence, writer: consuming sending LogWriter, view: consuming sending LogView,
    saveCheckpoints: @escaping @Sendable () throws(StorageError) -> Void
  ) {
    self.topicPartition = topicPartition
    self.fileSystem = fileSystem
    self.directory = directory
    self.fence = fence
    self.writer = Mutex(writer)
    self.view = Mutex(view)
    self.saveCheckpoints = saveCheckpoints
  }

  /// The offset that the next record gets; with one broker this is the high watermark.
  package var endOffset: Offset { view.withLock { $0.endOffset } }

  /// The end of what survives a power cut.
  package var syncedOffset: Offset { view.withLock { $0.syncedOffset } }

  /// The first offset that is still here, not only in the cold tier.
  package var localStartOffset: Offset { view.withLock { $0.localStartOffset } }

  /// The first offset that consumers may ask for, in whichever tier it lies.
  package var logStartOffset: Offset { view.withLock { $0.logStartOffset } }

  /// Has `observer` called, by whichever thread, after the log start has moved; one at most.
  package func whenLogStartMoves(_ observer: @escaping @Sendable () -> Void) {
    logStartObserver.withLock { $0 = observer }
  }

  /// All segments, oldest first; the last is the active one.
  package var segments: [SegmentStatus] { view.withLock { $0.segments } }

  /// Bytes of all local batches.
  package var byteCount: Int64 { segments.reduce(0) { $0 + $1.byteCount } }

  /// The history of leader epochs.
  package var leaderEpochs: LeaderEpochCache { view.withLock { $0.epochs } }

  /// Where `epoch` ended; see `LeaderEpochCache.endOffset`.
  package func endOffset(for epoch: LeaderEpoch) -> (epoch: LeaderEpoch, offset: Offset)? {
    view.withLock { $0.epochs.endOffset(for: epoch, logEnd: $0.endOffset) }
  }

  /// How many producer ids the partition knows.
  package var producerCount: Int { writer.withLock { $0.producers.entries.count } }

  package var config: LogConfig { writer.withLock { $0.config } }

  /// Changes the settings from the next append on.
  package func configure(_ config: LogConfig) {
    writer.withLock { $0.config = config }
    if config.compaction != nil { view.withLock { $0.hasEmptyBatches = true } }
  }
}
