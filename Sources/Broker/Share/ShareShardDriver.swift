import Cluster
import CommitLog
import Coordinators
import KafkaProtocol
import Net
import Platform
import Records

extension ShareRecord: ShardRecord {}

/// Performs what the share-partitions of one shard decide: reads the log for fetches, appends,
/// waits for the disk, and looks for locks that have run out.
///
/// @unchecked Sendable: all state belongs to `loop`'s thread; `load`, `run` and `post` may be
/// called from anywhere.
final class ShareShardDriver: ShardDriver, @unchecked Sendable {
  typealias Answer = @Sendable (ErrorCode) -> Void

  /// What all shards share.
  struct Parts: Sendable {
    let config: ShareConfig
    let clock: any Clock
    let log: Logger
    let pool: BlockingPool
    let topics: TopicTable
    let cold: any ColdTier
    /// Answers wait for fdatasync.
    let waitsForSync: Bool
    let pruneIntervalMilliseconds: Int64
    let budget: ShareBudget
  }

  /// Who waits for a record.
  struct Owner {
    let key: SharePartitionKey
    let ticket: PersistTicket
  }

  let loop: EventLoop
  let partition: Partition
  let parts: Parts
  /// Nil while it loads, after it failed to, and after it was unloaded.
  private(set) var shard: SharePartitionShard?
  /// What requests get while there is no shard.
  var refusal = ErrorCode.coordinatorLoadInProgress
  private var answers = PendingReplies<Answer>()
  private var appends: ShardAppends<ShareRecord, Owner>
  /// Fetches that wait for something of a share-partition to come back.
  private var watchers: [SharePartitionKey: FetchWatchers] = [:]
  /// When the locks of a share-partition are looked at next.
  private var checks: [SharePartitionKey: (timer: LoopTimer, at: Int64)] = [:]
  /// Share-partitions whose beginning is being searched.
  var beginning: Set<SharePartitionKey> = []
  /// At or below the offset of the last snapshot of each share-partition.
  var snapshots: [SharePartitionKey: Offset] = [:]
  /// Those whose snapshot is in the next write.
  private var snapshotsInNextWrite: [SharePartitionKey] = []

  init(_ partition: Partition, on loop: EventLoop, _ parts: Parts) {
    self.partition = partition
    self.loop = loop
    self.parts = parts
    appends = ShardAppends(
      partition, clock: parts.clock, log: parts.log, tooLarge: .invalidRequest)
  }

  // MARK: Loading and unloading

  static let contents = "share groups"

  var pool: BlockingPool { parts.pool }
  var log: Logger { parts.log }
  var isLoaded: Bool { shard != nil }

  func empty() -> ShareShardLoader.Loaded {
    ShareShardLoader.Loaded(shard: SharePartitionShard(config: parts.config))
  }

  func replay() throws(StorageError) -> ShareShardLoader.Loaded {
    try ShareShardLoader(partition.log, parts.log).load(empty().shard)
  }

  func begin(with loaded: ShareShardLoader.Loaded) {
    shard = loaded.shard
    snapshots = loaded.snapshots
    parts.budget.add(loaded.shard.machines.count)
    let topics = parts.topics.snapshot.byID
    for (key, machine) in loaded.shard.machines {
      guard let topic = topics[key.topicID] else {
        // A deletion that a crash kept from being written.
        handle(.delete(nil), of: key)
        continue
      }
      // What is offline may come back.
      guard let log = topic.partition(key.partition)?.log else { continue }
      // Nobody has produced yet: what the log does not hold, a crash has taken from it.
      if machine.endOffset > log.endOffset { handle(.logCut(log.endOffset), of: key) }
    }
    schedulePrune()
  }

  /// Sends everyone away for good.
  func unload() {
    refusal = .notCoordinator
    for key in shard?.machines.keys.map({ $0 }) ?? [] { handle(.unload, of: key) }
    shard = nil
    for check in checks.values { loop.cancel(check.timer) }
    checks = [:]
    for watchers in watchers.values { watchers.signal() }
    assert(answers.isEmpty, "a request that no share-partition knows of")
  }

  private func schedulePrune() {
    loop.schedule(afterMilliseconds: parts.pruneIntervalMilliseconds) { [weak self] in
      guard let self, shard != nil else { return }
      prune()
      schedulePrune()
    }
  }

  // MARK: Requests

  /// Hands a request to its share-partition; the answer comes when what it says is durable.
  func handle(
    _ key: SharePartitionKey, answer: @escaping Answer,
    _ event: (ReplyToken) -> SharePartitionEvent
  ) {
    handle(event(answers.add(answer)), of: key)
  }

  /// The topic is gone, and with it what groups know of it.
  func topicDeleted(_ id: TopicID) {
    for key in keys where key.topicID == id { handle(.delete(nil), of: key) }
  }

  /// What a share-partition is at; nil for one that nothing is known of.
  func machine(_ key: SharePartitionKey) -> SharePartitionMachine? { shard?.machines[key] }

  /// The share-partitions that something is known of.
  var keys: [SharePartitionKey] { shard?.machines.keys.map { $0 } ?? [] }

  // MARK: The machine

  var now: EventTime {
    EventTime(
      monotonicMilliseconds: loop.now / 1_000_000,
      wallMilliseconds: parts.clock.wallMilliseconds())
  }

  func handle(_ event: SharePartitionEvent, of key: SharePartitionKey) {
    let wasKnown = shard?.machines[key] != nil
    let actions = shard?.handle(event, of: key, at: now) ?? []
    for action in actions {
      switch action {
      case .reply(let token, let code): answers.take(token)?(code)
      case .persist(let ticket, let record): persist(record, Owner(key: key, ticket: ticket))
      case .wakeFetches: watchers[key]?.signal()
      }
    }
    let isKnown = shard?.machines[key] != nil
    if isKnown != wasKnown { parts.budget.add(isKnown ? 1 : -1) }
    if isKnown { scheduleCheck(of: key) } else { forget(key) }
  }

  /// Lets a member acquire what was read.
  func acquire(
    _ wanted: ShareAcquisition, of reading: ShareReading, from key: SharePartitionKey
  ) -> [AcquiredRange] {
    defer { scheduleCheck(of: key) }
    return shard?.acquire(
      wanted, of: reading, from: key, at: now.monotonicMilliseconds) ?? []
  }

  func noteLeaderEpoch(_ epoch: LeaderEpoch, of key: SharePartitionKey) {
    shard?.noteLeaderEpoch(epoch, of: key)
  }

  /// Has the next change of a share-partition signalled; once.
  func watch(_ key: SharePartitionKey, _ watch: FetchWatch, slot: Int32) {
    let found = watchers[key] ?? FetchWatchers()
    watchers[key] = found
    found.add(watch, slot: slot)
  }

  /// Forgets who waits for changes of a share-partition.
  func unwatch(_ key: SharePartitionKey) { watchers[key] = nil }

  private func forget(_ key: SharePartitionKey) {
    if let check = checks.removeValue(forKey: key) { loop.cancel(check.timer) }
    if !beginning.contains(key) { watchers.removeValue(forKey: key)?.signal() }
  }

  private func scheduleCheck(of key: SharePartitionKey) {
    guard let at = shard?.machines[key]?.nextCheck else { return }
    if let known = checks[key] {
      if known.at <= at { return }
      loop.cancel(known.timer)
    }
    let timer = loop.schedule(atMonotonic: at * 1_000_000) { [weak self] in
      guard let self else { return }
      checks[key] = nil
      handle(.checkLocks, of: key)
    }
    checks[key] = (timer, at)
  }

  // MARK: The log

  private func persist(_ record: ShareRecord, _ owner: Owner) {
    switch record.content {
    case .snapshot: snapshotsInNextWrite.append(record.key)
    case .deletion: snapshots[record.key] = nil
    case .update: break
    }
    // Everything that one iteration writes goes out with one system call.
    if appends.add([record], owner) { post { $0.append() } }
  }

  private func append() {
    let before = partition.log.endOffset
    let written = appends.write()
    for key in snapshotsInNextWrite where machine(key) != nil { snapshots[key] = before }
    snapshotsInNextWrite.removeAll(keepingCapacity: true)
    for (owner, code) in written.refused { handle(.failed(owner.ticket, code), of: owner.key) }
    guard let end = written.end else { return }
    partition.wakeFetches()
    guard parts.waitsForSync else { return synced(end, nil) }
    partition.whenSynced(
      SyncWaiter(upTo: end) { [self] failure in post { $0.synced(end, failure) } },
      pool: parts.pool)
  }

  private func synced(_ end: Offset, _ failure: StorageError?) {
    if let failure {
      parts.log.error(
        "share groups cannot be synced", ("partition", partition.id), ("error", failure))
    }
    for owner in appends.take(upTo: end) {
      let event: SharePartitionEvent =
        failure == nil ? .persisted(owner.ticket) : .failed(owner.ticket, .kafkaStorageError)
      handle(event, of: owner.key)
    }
  }
}
