import CommitLog
import KafkaProtocol
import Platform
import Synchronization

/// Says that the local disk fails, and what clients get for it.
///
/// After the first failed write every request fails in the same way, thousands in a second, so one
/// line in a while tells of all.
final class StorageAlarm: Sendable {
  static let pauseNanoseconds: Int64 = 10_000_000_000

  private struct State {
    var lastSaid: Int64?
    var unsaid = 0
  }

  private let clock: any Clock
  private let log: Logger
  private let state = Mutex(State())

  init(clock: any Clock, log: Logger) {
    self.clock = clock
    self.log = log
  }

  /// Logs a failed local disk; the log directory has fenced itself, nothing is retried. A full one
  /// is another thing: it has not, and takes records again when there is room.
  ///
  /// - Returns: what a client gets whose request failed with it.
  @discardableResult
  func report(_ error: StorageError, _ partition: Partition, isFenced: Bool) -> ErrorCode {
    // A topic may be deleted while it is written and read: nothing is wrong with the disk.
    if partition.isRemoved { return .unknownTopicOrPartition }
    guard let unsaid = turn() else { return .kafkaStorageError }
    let isFull = error.cause == .noSpace && !isFenced
    log.error(
      isFull
        ? "the disk is full: produce gets KAFKA_STORAGE_ERROR until there is room"
        : "the local log cannot be used; clients get KAFKA_STORAGE_ERROR (producers until a "
          + "restart, once a write has failed)", ("topic", partition.topicName),
      ("partition", partition.id),
      ("unsaid", unsaid), ("error", error.description))
    return .kafkaStorageError
  }

  /// How many failures were left unsaid; nil when it is too early to say one.
  func turn() -> Int? {
    let now = clock.monotonicNanoseconds()
    return state.withLock { state in
      if let last = state.lastSaid, now - last < Self.pauseNanoseconds {
        state.unsaid += 1
        return nil
      }
      defer { state = State(lastSaid: now) }
      return state.unsaid
    }
  }
}
