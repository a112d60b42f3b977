import CommitLog
import Coordinators
import KafkaProtocol
import Net
import Platform
import Records

/// Performs what the groups of one shard decide: answers, appends, waits for the disk and the time.
///
/// @unchecked Sendable: all state belongs to `loop`'s thread; `load`, `run`, `post`,
/// `whenLoaded` and `endTransaction` may be called from anywhere.
final class GroupShardDriver: ShardDriver, @unchecked Sendable {
  typealias Answer = @Sendable (GroupReply) -> Void
  typealias Appends = ShardAppends<GroupRecord, Owner>

  /// Who waits for some records.
  struct Owner {
    let group: String
    let ticket: PersistTicket
  }

  /// What all shards share.
  struct Parts: Sendable {
    let config: GroupConfig
    let clock: any Clock
    let random: any RandomSource
    let log: Logger
    let pool: BlockingPool
    let topics: TopicTable
    /// Answers wait for fdatasync.
    let waitsForSync: Bool
    let expiryIntervalMilliseconds: Int64
    /// The timing of groups that have configs of their own.
    var timing: @Sendable (_ kind: GroupKind, _ group: String) -> GroupTiming? = { _, _ in nil }
  }

  let loop: EventLoop
  let partition: Partition
  let parts: Parts
  /// Nil while it loads, after it failed to, and after it was unloaded.
  var shard: GroupShard?
  /// What requests get while there is no shard.
  var refusal = ErrorCode.coordinatorLoadInProgress {
    didSet { shardCame() }
  }
  /// Ends of transactions that came while the shard was loading.
  private var waitingForLoad: [() -> Void] = []
  private var answers = PendingReplies<Answer>()
  /// The next wake of each group that wants one.
  private var wakes: [String: LoopTimer] = [:]
  private var appends: Appends
  /// What lets the request that is being handled begin a transaction in the log.
  private var verification: VerificationGuard?

  init(_ partition: Partition, on loop: EventLoop, _ parts: Parts) {
    self.partition = partition
    self.loop = loop
    self.parts = parts
    appends = Appends(
      partition, clock: parts.clock, log: parts.log, tooLarge: .invalidCommitOffsetSize)
  }

  // MARK: Loading and unloading

  static let contents = "groups"

  var pool: BlockingPool { parts.pool }
  var log: Logger { parts.log }
  var isLoaded: Bool { shard != nil }

  func empty() -> GroupShard { GroupShard(config: parts.config, random: parts.random) }

  func replay() throws(StorageError) -> GroupShard {
    try GroupShardLoader(partition.log, parts.log).load(empty())
  }

  func begin(with loaded: GroupShard) {
    var loaded = loaded
    let outputs = loaded.finishReplay(at: now)
    shard = loaded
    shardCame()
    for (group, actions) in outputs { perform(actions, of: group) }
    // Deletions that a crash kept from being written.
    let known = parts.topics.snapshot
    topicsDeleted(loaded.topicsWithOffsets.filter { known.topic(named: $0) == nil }.sorted())
    scheduleExpiry()
  }

  /// Sends everyone away for good.
  func unload() {
    refusal = .notCoordinator
    handleAll(.unload)
    shard = nil
    for timer in wakes.values { loop.cancel(timer) }
    wakes = [:]
    assert(answers.isEmpty, "a request that no group knows of")
  }

  /// Calls `body` on the loop's thread when it is known whether there is a shard.
  func whenLoaded(_ body: @escaping @Sendable () -> Void) {
    loop.post { [self] in
      if shard == nil, refusal == .coordinatorLoadInProgress {
        waitingForLoad.append(body)
      } else {
        body()
      }
    }
  }

  private func shardCame() {
    let waiting = waitingForLoad
    waitingForLoad = []
    for body in waiting { body() }
  }

  // MARK: Requests

  /// Hands a request to its group; the answer comes now or later.
  ///
  /// - Parameter verification: For offsets in a transaction, taken before the coordinator was
  ///   asked.
  func handle(
    _ group: String, verification: VerificationGuard? = nil, answer: @escaping Answer,
    _ event: (ReplyToken) -> GroupEvent
  ) {
    self.verification = verification
    defer { self.verification = nil }
    handle(event(answers.add(answer)), of: group)
  }

  /// How far a group has read.
  func offsets(of group: String) -> GroupOffsets { shard?.offsets(of: group) ?? GroupOffsets() }

  /// The error of a member's OffsetFetch; nil when it is to be answered.
  func fetchProblem(of group: String, memberID: String?, epoch: Int32) -> ErrorCode? {
    shard?.fetchProblem(of: group, memberID: memberID, epoch: epoch)
  }

  /// What DescribeGroups tells of a group; nil for one that is not known.
  func description(of group: String) -> DescribeGroupsResponse.Group? {
    shard?.description(of: group)
  }

  /// What ConsumerGroupDescribe tells of a group; nil for one that is not known, or classic.
  func consumerDescription(of group: String) -> ConsumerGroupDescribeResponse.Group? {
    lookAround()
    return shard?.consumerDescription(of: group)
  }

  /// What ShareGroupDescribe tells of a group; nil for one that is not known, or of another kind.
  func shareDescription(of group: String) -> ShareGroupDescribeResponse.Group? {
    lookAround()
    return shard?.shareDescription(of: group)
  }

  /// What kind of group an id stands for; nil when there is none.
  func kind(of group: String) -> GroupKind? { shard?.kind(of: group) }

  /// What an id stands for, as those see it who keep what share groups have been delivered.
  func shareStatus(of group: String) -> ShareGroupStatus {
    shard?.shareStatus(of: group) ?? .absent
  }

  /// What ListGroups tells of this shard's groups.
  var listings: [ListGroupsResponse.Group] { shard?.listings ?? [] }

  func topicsDeleted(_ names: [String]) {
    if !names.isEmpty { handleAll(.topicsDeleted(names)) }
  }

  private func scheduleExpiry() {
    loop.schedule(afterMilliseconds: parts.expiryIntervalMilliseconds) { [weak self] in
      guard let self, shard != nil else { return }
      handleAll(.expireOffsets)
      scheduleExpiry()
    }
  }

  // MARK: The machine

  private var now: EventTime {
    EventTime(
      monotonicMilliseconds: loop.now / 1_000_000,
      wallMilliseconds: parts.clock.wallMilliseconds())
  }

  /// Lets the groups see the topics as they are.
  private func lookAround() {
    guard shard?.surroundings.topics.version != Int64(parts.topics.version) else { return }
    shard?.surroundings = GroupSurroundings(
      topics: TopicTableCatalog(parts.topics), timing: parts.timing)
  }

  private func handle(_ event: GroupEvent, of group: String) {
    lookAround()
    perform(shard?.handle(event, group: group, at: now) ?? [], of: group)
    if shard?.groups[group] == nil, let timer = wakes.removeValue(forKey: group) {
      loop.cancel(timer)
    }
  }

  private func handleAll(_ event: GroupEvent) {
    lookAround()
    for (group, actions) in shard?.handleAll(event, at: now) ?? [] {
      perform(actions, of: group)
    }
  }

  private func perform(_ actions: [GroupAction], of group: String) {
    for action in actions {
      switch action {
      case .reply(let token, let reply): answers.take(token)?(reply)
      case .persist(let ticket, let records):
        persist(records, in: nil, Owner(group: group, ticket: ticket))
      case .persistInTransaction(let ticket, let records, let identity):
        let producer = Appends.Producer(identity: identity, verification: verification)
        persist(records, in: producer, Owner(group: group, ticket: ticket))
      case .wake(let at): wake(group, at: at)
      }
    }
  }

  private func wake(_ group: String, at milliseconds: Int64) {
    if let timer = wakes[group] { loop.cancel(timer) }
    wakes[group] = loop.schedule(atMonotonic: milliseconds * 1_000_000) { [weak self] in
      guard let self else { return }
      wakes[group] = nil
      handle(.wake, of: group)
    }
  }

  // MARK: The log

  private func persist(_ records: [GroupRecord], in producer: Appends.Producer?, _ owner: Owner) {
    // Everything that one iteration writes goes out with one system call.
    let isFirst = appends.add(records, in: producer, owner)
    if isFirst { loop.post { [self] in append() } }
  }

  /// Writes all that waits.
  func append() {
    let written = appends.write()
    for (owner, code) in written.refused { handle(.failed(owner.ticket, code), of: owner.group) }
    guard let end = written.end else { return }
    partition.wakeFetches()
    guard parts.waitsForSync else { return synced(end, nil) }
    partition.whenSynced(
      SyncWaiter(upTo: end) { [self] failure in loop.post { [self] in synced(end, failure) } },
      pool: parts.pool)
  }

  /// Tells those whose records end at or before `end`.
  func synced(_ end: Offset, _ failure: StorageError?) {
    if let failure {
      parts.log.error(
        "offsets and groups cannot be synced", ("partition", partition.id), ("error", failure))
    }
    for owner in appends.take(upTo: end) {
      let event: GroupEvent =
        failure == nil ? .persisted(owner.ticket) : .failed(owner.ticket, .notCoordinator)
      handle(event, of: owner.group)
    }
  }
}
