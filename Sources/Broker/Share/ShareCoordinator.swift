import Cluster
import Coordinators
import KafkaProtocol
import Net
import Platform
import Records

/// Coordinates what share groups read: finds the shard of each share-partition, keeps the members'
/// sessions, and makes `__share_group_state` at its first use.
final class ShareCoordinator: Sendable {
  let sessions: ShareSessions
  private let shards: CoordinatorShards<ShareShardDriver>
  private let cluster: Cluster
  private let config: ConfigSet

  init(
    config: ConfigSet, environment: BrokerEnvironment, cluster: Cluster, topics: TopicTable,
    lifecycle: TopicLifecycle, cold: any ColdTier, pool: BlockingPool, controller: BlockingPool,
    loops: [EventLoop]
  ) {
    self.cluster = cluster
    self.config = config
    sessions = ShareSessions(
      limit: config.int("group.share.max.share.sessions"),
      placeLimit: config.int("varve.fetch.max.partitions"),
      totalLimit: config.int("varve.share.session.partitions"))
    let log = environment.log.named("share")
    let parts = ShareShardDriver.Parts(
      config: ShareConfig(config), clock: environment.clock, log: log, pool: pool, topics: topics,
      cold: cold, waitsForSync: config.bool("varve.acks.all.sync"),
      pruneIntervalMilliseconds: config.long("varve.share.state.prune.interval.ms"),
      budget: ShareBudget(limit: config.int("varve.share.max.partitions")))
    let topic = TopicRequest(
      name: ShareStateTopic.name,
      partitionCount: Int32(config.int("share.coordinator.state.topic.num.partitions")),
      configs: [
        ("cleanup.policy", "delete"), ("retention.ms", "-1"), ("retention.bytes", "-1"),
        ("compression.type", "uncompressed"),
        ("segment.bytes", config.string("share.coordinator.state.topic.segment.bytes")),
      ])
    shards = CoordinatorShards(
      topic: topic, topics: topics, lifecycle: lifecycle, controller: controller, loops: loops,
      log: log
    ) { ShareShardDriver($0, on: $1, parts) }
  }

  /// Begins to load what `__share_group_state` holds; before the loops start.
  func start() { shards.open() }

  /// Sends away everyone who waits; requests that still come are refused.
  func stop() {
    for shard in shards.all { shard.loop.post { shard.unload() } }
  }

  /// Somebody will fetch for a share group soon: makes the topic if it is not there.
  func prepare() { shards.prepare() }

  /// What a group's own configs say of its fetches.
  func settings(of group: String) -> ShareFetchSettings {
    let own = cluster.image.configs[ConfigResource(.group, group)]
    return ShareFetchSettings(GroupConfigValues(overrides: own ?? [:], broker: config))
  }

  /// Runs `body` with the shard of a share-partition on the shard's loop, or refuses with the error
  /// that tells the client to come again. Both may be called on any thread.
  func withShard(
    of key: SharePartitionKey, refuse: @escaping @Sendable (ErrorCode) -> Void,
    _ body: @escaping @Sendable (ShareShardDriver) -> Void
  ) {
    shards.run(
      at: { ShareStateTopic.partition(of: key, partitionCount: $0) }, refuse: refuse, body)
  }

  /// A member's session has ended: what it holds may be had by others.
  func release(_ member: ShareSessions.Key, _ places: [SharePlace]) {
    for place in places {
      let key = SharePartitionKey(
        group: member.group, topicID: place.topicID, partition: place.partition)
      withShard(of: key, refuse: { _ in }) { shard in
        if shard.machine(key) != nil { shard.handle(.memberGone(member.member), of: key) }
      }
    }
  }

  /// A connection is gone, and the sessions of its members with it.
  func connectionClosed(_ connection: Int64) {
    for (member, places) in sessions.connectionClosed(connection) { release(member, places) }
  }

  /// The topic is gone: so is what groups know of it.
  func topicDeleted(_ id: TopicID) {
    for shard in shards.all { shard.loop.post { shard.topicDeleted(id) } }
  }

  /// Forgets all that a group has read; `done` is called from any thread, with none when that is
  /// durable, else with the error for the client, such as that of a shard that is still loading.
  func deleteGroup(_ group: String, done: @escaping @Sendable (ErrorCode) -> Void) {
    findKeys(ofGroup: group) { [self] code, keys in
      if code == .none { delete(keys, done: done) } else { done(code) }
    }
  }

  /// Finds the share-partitions of a group; `done` gets them from any thread, or the error of a
  /// shard that cannot tell.
  func findKeys(
    ofGroup group: String, done: @escaping @Sendable (ErrorCode, [SharePartitionKey]) -> Void
  ) {
    typealias Part = (code: ErrorCode, keys: [SharePartitionKey])
    shards.askEvery(
      refuse: { code -> Part in (code, []) },
      { shard -> Part in (.none, shard.keys.filter { $0.group == group }) },
      finish: { parts in
        let refused = parts.first { $0.code != .none }
        done(refused?.code ?? .none, refused == nil ? parts.flatMap(\.keys) : [])
      })
  }

  /// Forgets share-partitions; `done` gets the first error, from any thread, when all are gone.
  func delete(_ keys: [SharePartitionKey], done: @escaping @Sendable (ErrorCode) -> Void) {
    let gathering = Gathering<ErrorCode>(count: keys.count) { codes in
      done(codes.first { $0 != .none } ?? .none)
    }
    for (index, key) in keys.enumerated() {
      withShard(of: key, refuse: { gathering.put($0, at: index) }) { shard in
        shard.handle(key, answer: { gathering.put($0, at: index) }, { .delete($0) })
      }
    }
  }
}

extension ShareConfig {
  init(_ values: ConfigSet) {
    self.init()
    deliveryCountLimit = Int16(values.int("group.share.delivery.count.limit"))
    maximumRecordLocks = values.long("group.share.partition.max.record.locks")
    updatesPerSnapshot = values.int("share.coordinator.snapshot.update.records.per.snapshot")
  }
}
