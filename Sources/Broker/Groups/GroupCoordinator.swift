import Cluster
import Coordinators
import KafkaProtocol
import Net
import Platform
import Records
import Synchronization

/// Coordinates all groups: finds the shard of each, on whichever loop that lives, and makes
/// `__consumer_offsets` at its first use.
///
/// Shard n, for partition n of that topic, belongs to loop n modulo the number of loops.
final class GroupCoordinator: Sendable {
  private let config: ConfigSet
  private let topics: TopicTable
  private let lifecycle: TopicLifecycle
  private let controller: BlockingPool
  private let loops: [EventLoop]
  private let log: Logger
  private let parts: GroupShardDriver.Parts
  /// By partition; empty until the topic is there.
  private let shards = Mutex<[GroupShardDriver]>([])
  private let isMakingTopic = Atomic<Bool>(false)

  init(
    config: ConfigSet, environment: BrokerEnvironment, topics: TopicTable,
    lifecycle: TopicLifecycle, pool: BlockingPool, controller: BlockingPool, loops: [EventLoop]
  ) {
    self.config = config
    self.topics = topics
    self.lifecycle = lifecycle
    self.controller = controller
    self.loops = loops
    log = environment.log.named("groups")
    parts = GroupShardDriver.Parts(
      config: GroupConfig(config), clock: environment.clock, random: environment.random, log: log,
      pool: pool, topics: topics, waitsForSync: config.bool("varve.acks.all.sync"),
      expiryIntervalMilliseconds: config.long("offsets.retention.check.interval.ms"))
  }

  /// Begins to load what `__consumer_offsets` holds; before the loops start.
  func start() { openShards() }

  /// Sends away everyone who waits; requests that still come are refused.
  func stop() {
    for shard in shards.withLock({ $0 }) { shard.loop.post { shard.unload() } }
  }

  /// Somebody will ask for a group soon: makes the topic if it is not there.
  func prepare() {
    guard shards.withLock({ $0.isEmpty }),
      !isMakingTopic.exchange(true, ordering: .relaxed)
    else { return }
    let isQueued = controller.submit { [self] in
      makeTopic()
      isMakingTopic.store(false, ordering: .relaxed)
    }
    if !isQueued { isMakingTopic.store(false, ordering: .relaxed) }
  }

  /// Runs `body` with the group's shard on the shard's loop, or refuses with the error that tells
  /// the client to come again. Both may be called on any thread.
  func withShard(
    of group: String, refuse: @escaping @Sendable (ErrorCode) -> Void,
    _ body: @escaping @Sendable (GroupShardDriver) -> Void
  ) {
    if let shard = shard(of: group) { return shard.run(refuse: refuse, body) }
    let isQueued = controller.submit { [self] in
      makeTopic()
      guard let shard = shard(of: group) else { return refuse(.coordinatorNotAvailable) }
      shard.run(refuse: refuse, body)
    }
    if !isQueued { refuse(.coordinatorNotAvailable) }
  }

  /// Asks every shard on its own loop; `finish` gets their answers, or what `refuse` makes of an
  /// error, in the order of the shards. There are none before the first group.
  func askEveryShard<Part: Sendable>(
    refuse: @escaping @Sendable (ErrorCode) -> Part,
    _ body: @escaping @Sendable (GroupShardDriver) -> Part,
    finish: @escaping @Sendable ([Part]) -> Void
  ) {
    let shards = shards.withLock { $0 }
    let gathering = Gathering(count: shards.count, finish: finish)
    for (index, shard) in shards.enumerated() {
      shard.run(
        refuse: { gathering.put(refuse($0), at: index) },
        { gathering.put(body($0), at: index) })
    }
  }

  /// The topic is gone: so are the offsets of its partitions.
  func topicDeleted(_ name: String) {
    for shard in shards.withLock({ $0 }) { shard.loop.post { shard.topicsDeleted([name]) } }
  }

  private func shard(of group: String) -> GroupShardDriver? {
    shards.withLock { shards in
      guard !shards.isEmpty else { return nil }
      let partition = OffsetsTopic.partition(ofGroup: group, partitionCount: shards.count)
      return shards[Int(partition.rawValue)]
    }
  }

  /// On the controller's thread.
  private func makeTopic() {
    guard shards.withLock({ $0.isEmpty }) else { return }
    let request = TopicRequest(
      name: OffsetsTopic.name,
      partitionCount: Int32(config.int("offsets.topic.num.partitions")),
      configs: [
        ("cleanup.policy", "compact"), ("compression.type", "producer"),
        ("segment.bytes", config.string("offsets.topic.segment.bytes")),
      ])
    do throws(Refusal) {
      try lifecycle.create(request)
    } catch  where error.code == .topicAlreadyExists {
      // A client made it.
    } catch {
      return log.error("the offsets topic cannot be made", ("error", error.message))
    }
    openShards()
  }

  private func openShards() {
    guard let topic = topics.snapshot.topic(named: OffsetsTopic.name) else { return }
    let opened = shards.withLock { shards -> [GroupShardDriver] in
      guard shards.isEmpty else { return [] }
      shards = topic.partitions.enumerated().map { index, partition in
        GroupShardDriver(partition, on: loops[index % loops.count], parts)
      }
      return shards
    }
    for shard in opened { shard.load() }
  }
}

extension GroupConfig {
  init(_ values: ConfigSet) {
    self.init()
    initialRebalanceDelayMilliseconds = values.long("group.initial.rebalance.delay.ms")
    minimumSessionTimeoutMilliseconds = values.long("group.min.session.timeout.ms")
    maximumSessionTimeoutMilliseconds = values.long("group.max.session.timeout.ms")
    maximumSize = values.int("group.max.size")
    maximumMetadataLength = values.int("offset.metadata.max.bytes")
    offsetsRetentionMilliseconds = values.long("offsets.retention.minutes") * 60_000
  }
}
