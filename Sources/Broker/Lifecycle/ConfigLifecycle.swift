import Cluster
import KafkaProtocol
import Net
import Platform
import Records

/// Changes configs while the broker runs: first in the metadata log, then where they are in force.
/// Changes run on the controller's one thread; they block.
final class ConfigLifecycle: Sendable {
  private static let hostLimits = "max.connections.per.ip.overrides"

  private let cluster: Cluster
  private let config: BrokerConfig
  private let topics: TopicLifecycle
  private let pool: BlockingPool
  private let connections: ConnectionLimits
  private let telemetry: ClientTelemetry
  private let cleaner: LogCleaner
  private let transactions: TransactionCoordinator
  private let log: Logger
  private let commands: ConfigCommands

  init(
    cluster: Cluster, config: BrokerConfig, topics: TopicLifecycle, pool: BlockingPool,
    connections: ConnectionLimits, telemetry: ClientTelemetry, cleaner: LogCleaner,
    transactions: TransactionCoordinator, log: Logger
  ) {
    self.cluster = cluster
    self.config = config
    self.topics = topics
    self.pool = pool
    self.connections = connections
    self.telemetry = telemetry
    self.cleaner = cleaner
    self.transactions = transactions
    self.log = log
    commands = ConfigCommands(started: config.values, nodeID: config.nodeID)
  }

  /// Makes single changes, those to lists against what is in force.
  func alter(_ resource: ConfigResource, _ changes: [ConfigChange], validateOnly: Bool)
    throws(Refusal)
  {
    if resource.kind == .brokerLogger {
      return try alterLevels(resource, changes, validateOnly: validateOnly)
    }
    let entries = try entries(of: resource)
    let values = try ConfigChange.resolve(changes, keys: entries.map(\.key)) { key in
      entries.first { $0.key.name == key.name }?.value
    }
    try alter(resource, values, validateOnly: validateOnly)
  }

  /// Makes `values` all that is set for the resource: what they do not name goes back to its
  /// default.
  func replace(_ resource: ConfigResource, by values: [ConfigChange], validateOnly: Bool)
    throws(Refusal)
  {
    var changes = try ConfigChange.resolve(values, keys: []) { _ in nil }
    let image = cluster.image
    let set =
      resource.kind == .topic
      ? image.topic(named: resource.name)?.configs : image.configs[resource]
    for name in (set ?? [:]).keys where changes[name] == nil {
      changes.updateValue(nil, forKey: name)
    }
    try alter(resource, changes, validateOnly: validateOnly)
  }

  private func alter(_ resource: ConfigResource, _ changes: [String: String?], validateOnly: Bool)
    throws(Refusal)
  {
    if resource.kind == .topic {
      return try topics.alter(resource.name, changes, validateOnly: validateOnly)
    }
    if resource.kind == .broker, let items = changes[Self.hostLimits] ?? nil,
      let problem = NetConfiguration.hostLimits(listItems(items)).problem
    {
      throw Refusal(.invalidRequest, "\(Self.hostLimits): \(problem)")
    }
    try cluster.change { (image) throws(Refusal) in
      let records = try commands.alter(resource, changes, in: image)
      return validateOnly ? [] : records
    }
    guard !validateOnly else { return }
    if resource.kind == .broker { applyBrokerConfigs() }
    if resource.kind == .clientMetrics { applyToTelemetry() }
    log.info(
      "configs changed", ("type", "\(resource.kind)"), ("name", resource.name),
      ("configs", changes.keys.sorted().joined(separator: ",")))
  }

  private func applyBrokerConfigs() {
    pool.resize(threads: values.int("background.threads"))
    applyToConnections()
    cleaner.configure(CleanerSettings(values))
    transactions.configure(values)
    topics.reconfigureAll()
  }

  /// Puts the limits of connections in force.
  func applyToConnections() {
    let values = values
    let (ofHosts, problem) = NetConfiguration.hostLimits(values.list(Self.hostLimits))
    if let problem { log.warn("an address has no limit of its own", ("why", problem)) }
    connections.configure(
      maximum: values.int("max.connections"), maximumPerHost: values.int("max.connections.per.ip"),
      maximumOfHosts: ofHosts,
      maximumRate: NetConfiguration.rate(values.long("max.connection.creation.rate")))
  }

  /// Puts the subscriptions to clients' metrics in force.
  func applyToTelemetry() {
    let resources = cluster.image.configs.filter { $0.key.kind == .clientMetrics }
    telemetry.subscribe(Array(resources.values))
  }

  private var values: ConfigSet {
    cluster.image.values(over: config.values, broker: config.nodeID)
  }

  /// Every config of a resource. Of all brokers together: those that are set.
  func entries(of resource: ConfigResource) throws(Refusal) -> [ConfigEntry] {
    let image = cluster.image
    let set = image.configs[resource] ?? [:]
    switch resource.kind {
    case .topic: return try topicEntries(resource.name, image)
    case .broker where resource.name.isEmpty:
      let all = config.values.under(broker: [:], allBrokers: set)
      return BrokerKeys.all.filter { set[$0.name] != nil }.map { BrokerKeys.describe($0, all) }
    case .broker: return try brokerEntries(resource.name)
    case .group:
      guard !resource.name.isEmpty else {
        throw Refusal(.invalidRequest, "Group name must not be empty")
      }
      let group = GroupConfigValues(overrides: set, broker: values)
      return GroupKeys.all.map { group.describe($0) }
    case .clientMetrics:
      guard !resource.name.isEmpty else {
        throw Refusal(.invalidRequest, "Client metrics subscription name must not be empty")
      }
      return ClientMetricsKeys.all.map { ClientMetricsKeys.describe($0, set) }
    case .brokerLogger:
      try checkBroker(resource.name)
      return log.levels.inForce.sorted { $0.key < $1.key }.map { part, level in
        LogLevelKeys.describe(part, level)
      }
    }
  }

  private func topicEntries(_ name: String, _ image: ClusterImage) throws(Refusal)
    -> [ConfigEntry]
  {
    guard let topic = image.topic(named: name) else {
      if let problem = topicNameProblem(name) { throw Refusal(.invalidTopicException, problem) }
      throw Refusal(.unknownTopicOrPartition, "The topic '\(name)' does not exist.")
    }
    let values = TopicConfigValues(
      overrides: topic.configs, broker: values, isInternal: topic.isInternal)
    return TopicKeys.all.map { values.describe($0) }
  }

  private func checkBroker(_ name: String) throws(Refusal) {
    guard name == "\(config.nodeID)" else {
      throw Refusal(
        .invalidRequest,
        "Unexpected broker id, expected \(config.nodeID) or empty string, but received \(name)")
    }
  }

  /// Sets the levels of log parts: in memory only, as in Kafka.
  private func alterLevels(
    _ resource: ConfigResource, _ changes: [ConfigChange], validateOnly: Bool
  ) throws(Refusal) {
    try checkBroker(resource.name)
    let levels = try LogLevelKeys.resolve(changes, parts: Set(log.levels.inForce.keys))
    guard !validateOnly else { return }
    for (part, level) in levels { log.levels.set(part, level) }
  }

  private func brokerEntries(_ name: String) throws(Refusal) -> [ConfigEntry] {
    try checkBroker(name)
    let values = values
    return BrokerKeys.all.map { key in
      // Its default depends on the data directory: what the broker made of it is what helps.
      guard key.name == "lake.url" else { return BrokerKeys.describe(key, values) }
      return ConfigEntry(
        key, settings: values.synonyms(of: key.name), value: config.lakeURL, isReadOnly: true)
    }
  }
}
