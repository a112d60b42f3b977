import Cluster
import CommitLog
import Coordinators
import KafkaProtocol
import Net
import Platform
import Records

/// Performs what the transactional ids of one shard decide: answers, appends, waits for the disk,
/// and has the markers written.
///
/// @unchecked Sendable: all state belongs to `loop`'s thread; `load`, `run` and `post` may be
/// called from anywhere.
final class TransactionShardDriver: ShardDriver, @unchecked Sendable {
  typealias Answer = @Sendable (TransactionReply) -> Void

  /// What all shards share.
  struct Parts: Sendable {
    let config: TransactionConfig
    let clock: any Clock
    let log: Logger
    let pool: BlockingPool
    let controller: BlockingPool
    let cluster: Cluster
    let markers: TransactionMarkerWriter
    /// Decisions wait for fdatasync.
    let waitsForSync: Bool
    let timeoutCheckMilliseconds: Int64
    let expiryCheckMilliseconds: Int64
  }

  /// Who waits for a record.
  private struct Owner {
    let id: String
    let ticket: PersistTicket
    let awaitsSync: Bool
  }

  let loop: EventLoop
  let partition: Partition
  private let parts: Parts
  /// Nil while it loads, after it failed to, and after it was unloaded.
  private var shard: TransactionShard?
  /// What requests get while there is no shard.
  var refusal = ErrorCode.coordinatorLoadInProgress
  private var answers = PendingReplies<Answer>()
  private var appends: ShardAppends<TransactionRecord, Owner>

  init(_ partition: Partition, on loop: EventLoop, _ parts: Parts) {
    self.partition = partition
    self.loop = loop
    self.parts = parts
    appends = ShardAppends(
      partition, clock: parts.clock, log: parts.log, tooLarge: .invalidRequest)
  }

  // MARK: Loading and unloading

  static let contents = "transactions"

  var pool: BlockingPool { parts.pool }
  var log: Logger { parts.log }
  var isLoaded: Bool { shard != nil }

  func empty() -> TransactionShard { TransactionShard(config: parts.config) }

  func replay() throws(StorageError) -> TransactionShard {
    try TransactionShardLoader(partition.log, parts.log).load(empty())
  }

  func begin(with loaded: TransactionShard) {
    var loaded = loaded
    let outputs = loaded.finishReplay(at: now)
    shard = loaded
    for (id, actions) in outputs { perform(actions, of: id) }
    every(parts.timeoutCheckMilliseconds, .checkTimeout)
    every(parts.expiryCheckMilliseconds, .checkExpiry)
  }

  private func every(_ milliseconds: Int64, _ event: TransactionEvent) {
    loop.schedule(afterMilliseconds: milliseconds) { [weak self] in
      guard let self, shard != nil else { return }
      handleAll(event)
      every(milliseconds, event)
    }
  }

  /// Sends everyone away for good.
  func unload() {
    refusal = .notCoordinator
    handleAll(.unload)
    shard = nil
    assert(answers.isEmpty, "a request that no transactional id knows of")
  }

  // MARK: Requests

  /// Hands a request to its transactional id; the answer comes now or later.
  func handle(_ id: String, answer: @escaping Answer, _ event: (ReplyToken) -> TransactionEvent) {
    handle(event(answers.add(answer)), of: id)
  }

  /// What is known of an id; nil when nothing is.
  func metadata(of id: String) -> TransactionMetadata? { shard?.metadata(of: id) }

  /// Every id that is known, in order.
  var all: [(id: String, TransactionMetadata)] { shard?.all ?? [] }

  // MARK: The machine

  private var now: Int64 { parts.clock.wallMilliseconds() }

  private func handle(_ event: TransactionEvent, of id: String) {
    perform(shard?.handle(event, id: id, at: now) ?? [], of: id)
  }

  private func handleAll(_ event: TransactionEvent) {
    for (id, actions) in shard?.handleAll(event, at: now) ?? [] { perform(actions, of: id) }
  }

  private func perform(_ actions: [TransactionAction], of id: String) {
    for action in actions {
      switch action {
      case .reply(let token, let reply): answers.take(token)?(reply)
      case .persist(let ticket, let record, let awaitsSync):
        // Everything that one iteration writes goes out with one system call.
        let isFirst = appends.add(
          [record], Owner(id: id, ticket: ticket, awaitsSync: awaitsSync))
        if isFirst { post { $0.append() } }
      case .allocateProducerID: allocateProducerID(for: id)
      case .writeMarkers(let decided):
        parts.markers.write(decided, coordinatorEpoch: partition.leaderEpoch) { [self] isDone in
          post { $0.handle(isDone ? .markersWritten : .markersFailed, of: id) }
        }
      }
    }
  }

  /// A new block of ids may have to be made durable.
  private func allocateProducerID(for id: String) {
    let isQueued = parts.controller.submit { [self] in
      let outcome: Result<Int64, ErrorCode>
      do throws(Refusal) {
        outcome = .success(try parts.cluster.nextProducerID())
      } catch {
        outcome = .failure(error.code)
      }
      post { $0.handle(.allocated(outcome), of: id) }
    }
    if !isQueued { post { $0.handle(.allocated(.failure(.coordinatorNotAvailable)), of: id) } }
  }

  // MARK: The log

  private func append() {
    let written = appends.write()
    for (owner, code) in written.refused { handle(.failed(owner.ticket, code), of: owner.id) }
    guard let end = written.end else { return }
    partition.wakeFetches()
    guard parts.waitsForSync else { return synced(end, nil) }
    for owner in appends.takeWritten(where: { !$0.awaitsSync }) {
      handle(.persisted(owner.ticket), of: owner.id)
    }
    partition.whenSynced(
      SyncWaiter(upTo: end) { [self] failure in post { $0.synced(end, failure) } },
      pool: parts.pool)
  }

  private func synced(_ end: Offset, _ failure: StorageError?) {
    if let failure {
      parts.log.error(
        "transactions cannot be synced", ("partition", partition.id), ("error", failure))
    }
    for owner in appends.take(upTo: end) {
      let event: TransactionEvent =
        failure == nil ? .persisted(owner.ticket) : .failed(owner.ticket, .coordinatorNotAvailable)
      handle(event, of: owner.id)
    }
  }
}
