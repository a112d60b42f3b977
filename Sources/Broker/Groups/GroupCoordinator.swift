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
  private let config: GroupConfig

  init(
    config: ConfigSet, environment: BrokerEnvironment, cluster: Cluster, topics: TopicTable,
    lifecycle: TopicLifecycle, pool: BlockingPool, controller: BlockingPool, loops: [EventLoop]
  ) {
    let log = environment.log.named("groups")
    let parts = GroupShardDriver.Parts(
      config: GroupConfig(config), clock: environment.clock, random: environment.random, log: log,
      pool: pool, topics: topics, waitsForSync: config.bool("varve.acks.all.sync"),
      expiryIntervalMilliseconds: config.long("offsets.retention.check.interval.ms"),
      timing: { kind, group in
        let own = cluster.image.configs[ConfigResource(.group, group)]
        return own.map {
          GroupTiming(GroupConfigValues(overrides: $0, broker: config), of: kind)
        }
      })
    self.config = parts.config
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

  /// The answer to a heartbeat that no group could take; nil when the group is to decide.
  func refusal(
    of request: ConsumerGroupHeartbeatRequest, version: Int16
  ) -> ConsumerGroupHeartbeatResponse? {
    request.refusal(version: version, config)
  }

  /// The topic is gone: so are the offsets of its partitions.
  func topicDeleted(_ name: String) {
    for shard in shards.all { shard.loop.post { shard.topicsDeleted([name]) } }
  }
}

extension GroupTiming {
  /// What is in force for a consumer or a share group.
  fileprivate init(_ configs: GroupConfigValues, of kind: GroupKind) {
    let heartbeat = configs.bounded("\(kind.rawValue).heartbeat.interval.ms")
    self.init(
      sessionTimeoutMilliseconds: configs.bounded("\(kind.rawValue).session.timeout.ms"),
      heartbeatIntervalMilliseconds: Int32(heartbeat))
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
    consumerSessionTimeoutMilliseconds = values.long("group.consumer.session.timeout.ms")
    consumerHeartbeatIntervalMilliseconds = Int32(
      values.int("group.consumer.heartbeat.interval.ms"))
    consumerMaximumSize = values.int("group.consumer.max.size")
    consumerAssignors = listItems(values.string("group.consumer.assignors"))
      .compactMap(ServerAssignor.init)
    shareSessionTimeoutMilliseconds = values.long("group.share.session.timeout.ms")
    shareHeartbeatIntervalMilliseconds = Int32(values.int("group.share.heartbeat.interval.ms"))
    shareMaximumSize = values.int("group.share.max.size")
    migrationPolicy =
      GroupMigrationPolicy(rawValue: values.string("group.consumer.migration.policy"))
      ?? .bidirectional
  }
}
