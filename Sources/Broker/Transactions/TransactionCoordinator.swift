import Cluster
import Coordinators
import KafkaProtocol
import Net
import Platform
import Records
import Synchronization

/// Coordinates all transactions: finds the shard of each transactional id, and makes
/// `__transaction_state` at its first use.
final class TransactionCoordinator: Sendable {
  private let shards: CoordinatorShards<TransactionShardDriver>
  private let verifiesPartitions: Atomic<Bool>

  init(
    config: ConfigSet, environment: BrokerEnvironment, cluster: Cluster, topics: TopicTable,
    lifecycle: TopicLifecycle, groups: GroupCoordinator, pool: BlockingPool,
    controller: BlockingPool, loops: [EventLoop]
  ) {
    verifiesPartitions = Atomic(config.bool("transaction.partition.verification.enable"))
    let log = environment.log.named("transactions")
    let waitsForSync = config.bool("varve.acks.all.sync")
    let markers = TransactionMarkerWriter(
      topics: topics, groups: groups, clock: environment.clock, pool: pool, log: log,
      waitsForSync: waitsForSync)
    let parts = TransactionShardDriver.Parts(
      config: TransactionConfig(config), clock: environment.clock, log: log, pool: pool,
      controller: controller, cluster: cluster, markers: markers, waitsForSync: waitsForSync,
      timeoutCheckMilliseconds: config.long(
        "transaction.abort.timed.out.transaction.cleanup.interval.ms"),
      expiryCheckMilliseconds: config.long(
        "transaction.remove.expired.transaction.cleanup.interval.ms"))
    let topic = TopicRequest(
      name: TransactionsTopic.name,
      partitionCount: Int32(config.int("transaction.state.log.num.partitions")),
      configs: [
        ("cleanup.policy", "compact"), ("compression.type", "uncompressed"),
        ("segment.bytes", config.string("transaction.state.log.segment.bytes")),
      ])
    shards = CoordinatorShards(
      topic: topic, topics: topics, lifecycle: lifecycle, controller: controller, loops: loops,
      log: log
    ) { TransactionShardDriver($0, on: $1, parts) }
  }

  /// Puts what can change while the broker runs in force.
  func configure(_ config: ConfigSet) {
    let verifies = config.bool("transaction.partition.verification.enable")
    verifiesPartitions.store(verifies, ordering: .relaxed)
  }

  /// Begins to load what `__transaction_state` holds; before the loops start.
  func start() { shards.open() }

  /// Sends away everyone who waits; requests that still come are refused.
  func stop() {
    for shard in shards.all { shard.loop.post { shard.unload() } }
  }

  /// Somebody will begin a transaction soon: makes the topic if it is not there.
  func prepare() { shards.prepare() }

  /// Asks every shard on its own loop; see `CoordinatorShards`.
  func askEveryShard<Part: Sendable>(
    refuse: @escaping @Sendable (ErrorCode) -> Part,
    _ body: @escaping @Sendable (TransactionShardDriver) -> Part,
    finish: @escaping @Sendable ([Part]) -> Void
  ) {
    shards.askEvery(refuse: refuse, body, finish: finish)
  }

  /// Hands a request to its transactional id, on whichever loop that lives; the answer, or the
  /// error that tells the client to come again, is given from any thread.
  func handle(
    _ id: String, refuse: @escaping @Sendable (ErrorCode) -> Void,
    answer: @escaping TransactionShardDriver.Answer,
    _ event: @escaping @Sendable (ReplyToken) -> TransactionEvent
  ) {
    withShard(of: id, refuse: refuse) { $0.handle(id, answer: answer, event) }
  }

  /// Runs `body` with the id's shard on the shard's loop, or refuses with the error that tells the
  /// client to come again. Both may be called on any thread.
  func withShard(
    of id: String, refuse: @escaping @Sendable (ErrorCode) -> Void,
    _ body: @escaping @Sendable (TransactionShardDriver) -> Void
  ) {
    shards.run(
      at: { TransactionsTopic.partition(ofID: id, partitionCount: $0) }, refuse: refuse, body)
  }
}

// MARK: - What producers write

extension TransactionCoordinator: TransactionVerifier {
  func verify(
    transactionalID: String, producerID: Int64, producerEpoch: Int16, partition: Partition,
    adds: Bool, _ done: @escaping @Sendable (ErrorCode) -> Void
  ) {
    guard adds || verifiesPartitions.load(ordering: .relaxed) else { return done(.none) }
    let addition = TransactionAddition(
      producer: ProducerIdentity(id: producerID, epoch: producerEpoch),
      partitions: [TransactionPartition(topic: partition.topicName, partition: partition.id)],
      clientVersion: adds ? 2 : 0)
    handle(
      transactionalID, refuse: done,
      answer: { reply in
        guard case .partitions(let codes) = reply else { return done(.notCoordinator) }
        done(codes[0])
      }, { adds ? .add(addition, $0) : .verify(addition, $0) })
  }
}

extension TransactionConfig {
  init(_ values: ConfigSet) {
    self.init()
    maximumTimeoutMilliseconds = Int32(values.int("transaction.max.timeout.ms"))
    idExpirationMilliseconds = values.long("transactional.id.expiration.ms")
  }
}
