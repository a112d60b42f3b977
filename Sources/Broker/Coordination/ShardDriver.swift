import CommitLog
import KafkaProtocol
import Net
import Platform

/// Drives what one partition of a coordinator's internal topic holds: a shard of its groups,
/// transactional ids or share-partitions.
///
/// All state belongs to `loop`'s thread; `load`, `run` and `post` may be called from anywhere.
protocol ShardDriver: AnyObject, Sendable {
  /// What the partition's log tells.
  associatedtype Loaded: Sendable

  /// What a shard holds, for the log's lines.
  static var contents: String { get }
  /// The loop whose thread all its state belongs to.
  var loop: EventLoop { get }
  var partition: Partition { get }
  var pool: BlockingPool { get }
  var log: Logger { get }
  /// False while it loads, after it failed to, and after it was unloaded.
  var isLoaded: Bool { get }
  /// What requests get while it is not loaded.
  var refusal: ErrorCode { get set }

  /// What an empty log tells.
  func empty() -> Loaded
  /// Reads the log from its start; blocks on the disk.
  func replay() throws(StorageError) -> Loaded
  /// Takes in what the log told; on the loop's thread, once.
  func begin(with loaded: Loaded)
}

extension ShardDriver {
  private static var retryMilliseconds: Int64 { 100 }

  /// Replays the partition's log on the disk's threads. An empty one is ready at once.
  func load() {
    if partition.log.endOffset == partition.log.localStartOffset {
      return loaded(empty())
    }
    let isQueued = pool.submit { [self] in
      do throws(StorageError) {
        loaded(try replay())
      } catch {
        log.error(
          "the \(Self.contents) of a partition cannot be loaded", ("partition", partition.id),
          ("error", error))
        post { $0.refusal = .coordinatorNotAvailable }
      }
    }
    if !isQueued {
      post { driver in
        driver.loop.schedule(afterMilliseconds: Self.retryMilliseconds) { driver.load() }
      }
    }
  }

  private func loaded(_ loaded: Loaded) {
    post { driver in
      // It may have been unloaded meanwhile.
      if driver.refusal == .coordinatorLoadInProgress { driver.begin(with: loaded) }
    }
  }

  /// Runs `body` on the loop's thread once there is a shard, else refuses.
  func run(
    refuse: @escaping @Sendable (ErrorCode) -> Void,
    _ body: @escaping @Sendable (Self) -> Void
  ) {
    post { driver in
      if driver.isLoaded { body(driver) } else { refuse(driver.refusal) }
    }
  }

  func post(_ body: @escaping @Sendable (Self) -> Void) {
    loop.post { [self] in body(self) }
  }
}
