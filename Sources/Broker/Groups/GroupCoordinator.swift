import Cluster
import CommitLog
import Coordinators
import KafkaProtocol
import Net
import Platform
import Records

/// Coordinates all groups: finds the shard of each, on whichever loop that lives, and makes
/// `__consumer_offsets` at its first use.
final class GroupCoordinator: Sendable {
  private let shards: CoordinatorShards<GroupShardDriver>

  init(
    config: ConfigSet, environment: BrokerEnvironment, topics: TopicTable,
    lifecycle: TopicLifecycle, pool: BlockingPool, controller: BlockingPool, loops: [EventLoop]
  ) {
    let log = environment.log.named("groups")
    let parts = GroupShardDriver.Parts(
      config: GroupConfig(config), clock: environment.clock, random: environment.random, log: log,
      pool: pool, topics: topics, waitsForSync: config.bool("varve.acks.all.sync"),
      expiryIntervalMilliseconds: config.long("offsets.retention.check.interval.ms"))
    let topic = TopicRequest(
      name: OffsetsTopic.name,
      partitionCount: Int32(config.int("offsets.topic.num.partitions")),
      configs: [
        ("cleanup.policy", "compact"), ("compression.type", "producer"),
        ("segment.bytes", config.string("offsets.topic.segment.bytes")),
      ])
    shards = CoordinatorShards(
      topic: topic, topics: topics, lifecycle: lifecycle, controller: controller, loops: loops,
      log: log
    ) { GroupShardDriver($0, on: $1, parts) }
  }

  /// Begins to load what `__consumer_offsets` holds; before the loops start.
  func start() { shards.open() }

  /// Sends away everyone who waits; requests that still come are refused.
  func stop() {
    for shard in shards.all { shard.loop.post { shard.unload() } }
  }

  /// Somebody will ask for a group soon: makes the topic if it is not there.
  func prepare() { shards.prepare() }

  /// Runs `body` with the group's shard on the shard's loop, or refuses with the error that tells
  /// the client to come again. Both may be called on any thread.
  func withShard(
    of group: String, refuse: @escaping @Sendable (ErrorCode) -> Void,
    _ body: @escaping @Sendable (GroupShardDriver) -> Void
  ) {
    shards.run(
      at: { OffsetsTopic.partition(ofGroup: group, partitionCount: $0) }, refuse: refuse, body)
  }

  /// Asks every shard on its own loop; see `CoordinatorShards`.
  func askEveryShard<Part: Sendable>(
    refuse: @escaping @Sendable (ErrorCode) -> Part,
    _ body: @escaping @Sendable (GroupShardDriver) -> Part,
    finish: @escaping @Sendable ([Part]) -> Void
  ) {
    shards.askEvery(refuse: refuse, body, finish: finish)
  }

  /// Writes the end of a transaction to a partition of `__consumer_offsets`; see
  /// `GroupShardDriver.endTransaction`.
  func endTransaction(
    _ marker: TransactionMarker, at partition: PartitionID,
    done: @escaping @Sendable (StorageError?) -> Void
  ) {
    let drivers = shards.all
    guard Int(partition.rawValue) < drivers.count else {
      // A topic of this name that has not been made a coordinator's yet has no group's offsets.
      return done(nil)
    }
    drivers[Int(partition.rawValue)].endTransaction(marker, done: done)
  }

  /// The topic is gone: so are the offsets of its partitions.
  func topicDeleted(_ name: String) {
    for shard in shards.all { shard.loop.post { shard.topicsDeleted([name]) } }
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
