import Cluster
import CommitLog
import KafkaProtocol
import Net
import Platform
import Records
import Synchronization

/// What all loops and handlers of a broker share. Built once at start; never changes.
final class BrokerContext: Sendable {
  /// The most changes of metadata, and the most blocking disk jobs, that may wait.
  private static let queueLimit = 10_000

  let config: BrokerConfig
  let cluster: Cluster
  let topics = TopicTable()
  let lifecycle: TopicLifecycle
  let configs: ConfigLifecycle
  let clock: any Clock
  let fileSystem: any FileSystem
  /// The log directory's own id.
  let directoryID: TopicID
  let log: Logger
  /// fdatasync, cold local reads: what blocks on the local disk.
  let pool: BlockingPool
  /// Changes of metadata, one after the other.
  let controller: BlockingPool
  let cold: any ColdTier
  let groups: GroupCoordinator
  let fetchSessions: FetchSessions
  let transactions: TransactionCoordinator
  let shares: ShareCoordinator
  let limits: Limits
  let quotas: Quotas
  let telemetry: ClientTelemetry
  let random: any RandomSource
  private let connectionLimits: ConnectionLimits
  /// Keeps producers from filling the disk.
  let diskBudget = DiskBudget()
  private let storageAlarm: StorageAlarm
  private let fence: StorageFence
  /// What batches may take that wait for the transaction coordinator, on all loops.
  let verificationBytes: VerificationBudget
  private let verifier = Mutex<(any TransactionVerifier)?>(nil)
  private let stopping = Atomic<Bool>(false)
  private let advertised = Mutex<[String: ListenerAddress]>([:])

  /// Who is asked whether a transaction holds a partition; set before the loops start. Without it
  /// transactional batches are refused.
  var transactionVerifier: (any TransactionVerifier)? {
    get { verifier.withLock { $0 } }
    set { verifier.withLock { $0 = newValue } }
  }

  /// The broker goes down: nothing waits for records any more.
  var isStopping: Bool { stopping.load(ordering: .sequentiallyConsistent) }

  /// Answers every fetch that waits with what there is, and lets none wait from here on.
  func endWaiting() {
    stopping.store(true, ordering: .sequentiallyConsistent)
    for topic in topics.snapshot.byID.values {
      for partition in topic.partitions { partition.wakeFetches() }
    }
  }

  /// Configs that hot requests read, as plain numbers.
  struct Limits: Sendable {
    let fetchMaxBytes: Int
    let fetchMaxColdBytes: Int
    let fetchMaxPartitions: Int
    let syncsAcksAll: Bool
    let readsSynced: Bool
    let autoCreatesTopics: Bool
    let deletesTopics: Bool

    init(_ values: ConfigSet) {
      fetchMaxBytes = values.int("fetch.max.bytes")
      fetchMaxColdBytes = values.int("varve.fetch.max.cold.bytes")
      fetchMaxPartitions = values.int("varve.fetch.max.partitions")
      syncsAcksAll = values.bool("varve.acks.all.sync")
      readsSynced = values.bool("varve.read.synced")
      autoCreatesTopics = values.bool("auto.create.topics.enable")
      deletesTopics = values.bool("delete.topic.enable")
    }
  }

  init(
    config: BrokerConfig, environment: BrokerEnvironment, cluster: Cluster, logs: LogDirectory,
    cold: any ColdTier, loops: [EventLoop], connections: ConnectionLimits, cleaner: LogCleaner
  ) {
    self.config = config
    self.cluster = cluster
    self.cold = cold
    clock = environment.clock
    fileSystem = environment.fileSystem
    directoryID = logs.properties.directoryID
    log = environment.log
    storageAlarm = StorageAlarm(clock: environment.clock, log: environment.log)
    let values = cluster.image.values(over: config.values, broker: config.nodeID)
    pool = BlockingPool(
      name: "disk", threads: values.int("background.threads"), queueLimit: Self.queueLimit)
    controller = BlockingPool(name: "controller", threads: 1, queueLimit: Self.queueLimit)
    limits = Limits(config.values)
    verificationBytes = VerificationBudget(
      limit: config.values.int("varve.transaction.verification.bytes"))
    telemetry = ClientTelemetry(
      maximumBytes: config.values.int("telemetry.max.bytes"),
      maximumInstances: config.values.int("varve.telemetry.max.clients"),
      clock: environment.clock)
    random = environment.random
    connectionLimits = connections
    fence = logs.fence
    quotas = Quotas(QuotaSettings(config.values), clock: environment.clock)
    fetchSessions = FetchSessions(
      config.values, clock: environment.clock, random: environment.random)
    lifecycle = TopicLifecycle(
      cluster: cluster, config: config, logs: logs, topics: topics, cold: cold,
      random: environment.random, log: environment.log)
    groups = GroupCoordinator(
      config: config.values, environment: environment, cluster: cluster, topics: topics,
      lifecycle: lifecycle,
      pool: pool, controller: controller, loops: loops)
    transactions = TransactionCoordinator(
      config: config.values, environment: environment, cluster: cluster, topics: topics,
      lifecycle: lifecycle, groups: groups, pool: pool, controller: controller, loops: loops)
    transactions.configure(values)
    configs = ConfigLifecycle(
      cluster: cluster, config: config, topics: lifecycle, pool: pool, connections: connections,
      telemetry: telemetry, cleaner: cleaner, transactions: transactions, log: environment.log)
    shares = ShareCoordinator(
      config: config.values, environment: environment, cluster: cluster, topics: topics,
      lifecycle: lifecycle, cold: cold, pool: pool, controller: controller, loops: loops)
  }

  /// The broker's configs in force: what was set at run time over what it was started with.
  var values: ConfigSet { cluster.image.values(over: config.values, broker: config.nodeID) }

  /// Puts the quotas of the metadata in force.
  func applyQuotas() {
    let rules = QuotaRules(cluster.image.quotas)
    quotas.change(rules)
    let (byAddress, others) = rules.connectionRates
    connectionLimits.setHostRates(byAddress, others: others)
  }

  /// Sets what clients are told to connect to, by listener name.
  func advertise(_ addresses: [String: ListenerAddress]) {
    advertised.withLock { $0 = addresses }
  }

  /// What a client that came by `listener` is told to connect to.
  func advertisedAddress(for listener: String) -> ListenerAddress {
    advertised.withLock { $0[listener] ?? $0.values.first } ?? config.listeners[0]
  }

  /// Logs a failed local disk and tells what a client gets for it; see `StorageAlarm`.
  @discardableResult
  func storageFailed(_ error: StorageError, _ partition: Partition) -> ErrorCode {
    let isFenced = fence.failure != nil
    if error.cause == .noSpace, !isFenced { diskBudget.useUp() }
    return storageAlarm.report(error, partition, isFenced: isFenced)
  }
}
