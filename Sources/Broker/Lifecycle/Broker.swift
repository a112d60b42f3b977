import Cluster
import CommitLog
import Net
import Platform
import Records
import Synchronization

/// A running broker: opens the data directory, replays the metadata, recovers the logs, and serves
/// clients until it is stopped. `init` starts it; one process can hold several, each on a directory
/// of its own.
package final class Broker {
  private let environment: BrokerEnvironment
  private let context: BrokerContext
  private let logs: LogDirectory
  private let group: EventLoopGroup
  private var listeners: [Listener] = []
  private let housekeeping: Housekeeping
  private let cleaner: LogCleaner
  private let lake: LakeTier

  /// Starts to serve.
  ///
  /// - Throws: `UsageError` for a busy port or a directory that another broker holds;
  ///   `StorageError` for a disk that cannot be used or a damaged log.
  package init(config given: BrokerConfig, environment: BrokerEnvironment) throws {
    self.environment = environment
    let config = given.absolute(in: currentDirectory())
    // Before the data directory is touched: a refused config leaves nothing behind.
    let lakeConfig = try LakeConfig(config, environment.fileSystem)
    let started = environment.clock.monotonicNanoseconds()
    let log = environment.log
    logs = try Self.openLogs(config, environment)
    let cluster = try Self.openCluster(config, environment, logs)
    group = EventLoopGroup(
      count: config.networkThreads(cores: environment.cores),
      environment: LoopEnvironment(
        configuration: try NetConfiguration(config), clock: environment.clock,
        log: log.named("net")))
    lake = LakeTier(config, lakeConfig, environment, clusterID: cluster.clusterID)
    cleaner = LogCleaner(
      logs, isEnabled: config.values.bool("log.cleaner.enable"), environment)
    context = BrokerContext(
      config: config, environment: environment, cluster: cluster, logs: logs, cold: lake,
      loops: group.loops, connections: group.environment.limits, cleaner: cleaner)
    context.configs.applyToConnections()
    context.configs.applyToTelemetry()
    context.applyQuotas()
    try context.lifecycle.openAll()
    do {
      listeners = try config.listeners.map { [group] in
        try Listener(name: $0.securityProtocol, host: $0.host, port: $0.port, group: group)
      }
    } catch {
      // The logs are as sound as before: a mistake in a port must not cost the next start a
      // recovery.
      lake.stop()
      context.controller.stop()
      context.pool.stop()
      try? logs.close()
      throw error
    }
    context.groups.start()
    context.transactions.start()
    context.shares.start()
    context.transactionVerifier = context.transactions
    housekeeping = Housekeeping(context, logs, fileSystem: environment.fileSystem)
    context.advertise(
      Self.advertised(config, listeners.map(\.port), hostName: environment.hostName))
    group.start { [context] loop in LoopService(broker: context, loop: loop) }
    for listener in listeners { listener.start() }
    housekeeping.start()
    cleaner.start(CleanerSettings(context.values))
    lake.start()
    let milliseconds = (environment.clock.monotonicNanoseconds() - started) / 1_000_000
    log.info(
      "serving", ("listeners", addresses.map(\.description).joined(separator: ",")),
      ("data", config.logDirectory), ("lake", config.lakeURL),
      ("topics", cluster.image.topics.count),
      ("ms", milliseconds))
  }

  /// Opens and recovers the logs, under the broker's defaults; the topics' own settings follow with
  /// the metadata.
  private static func openLogs(
    _ config: BrokerConfig, _ environment: BrokerEnvironment
  ) throws -> LogDirectory {
    let topic = TopicConfig(overrides: [:], broker: config.values, isInternal: false)
    return try LogDirectory.open(
      config.logDirectory, nodeID: config.nodeID,
      environment: LogEnvironment(
        fileSystem: environment.fileSystem, clock: environment.clock, random: environment.random,
        logger: environment.log.named("log"), recoveryThreads: environment.cores)
    ) { _ in LogConfig(topic, broker: config.values) }
  }

  /// Replays the metadata; after an unclean stop leader epochs go up before anything is appended.
  private static func openCluster(
    _ config: BrokerConfig, _ environment: BrokerEnvironment, _ logs: LogDirectory
  ) throws -> Cluster {
    let metadata = try MetadataLog(
      in: config.logDirectory, fileSystem: environment.fileSystem, clock: environment.clock,
      maximumBytes: config.values.optionalLong("metadata.log.max.record.bytes.between.snapshots")
        ?? 20 << 20)
    let cluster = Cluster(
      log: metadata, clusterID: logs.properties.clusterID, nodeID: config.nodeID)
    if !logs.wasCleanShutdown { try cluster.raiseLeaderEpochs() }
    return cluster
  }

  /// Where it listens, with the ports that the system chose for port 0.
  package var addresses: [ListenerAddress] {
    zip(context.config.listeners, listeners).map {
      ListenerAddress(securityProtocol: $0.securityProtocol, host: $0.host, port: $1.port)
    }
  }

  /// Stops serving: no new requests, owed answers leave, everything is synced and closed. Blocks.
  package func stop() throws(StorageError) {
    environment.log.info("stopping")
    for listener in listeners { listener.stop() }
    context.shares.stop()
    context.transactions.stop()
    context.groups.stop()
    context.endWaiting()
    group.stop(drainMilliseconds: 5_000)
    housekeeping.stop()
    cleaner.stop()
    lake.stop()
    context.controller.stop()
    context.pool.stop()
    try logs.close()
    environment.log.info("stopped")
  }

  /// What clients are told: the configured address, with bound ports and a real name filled in.
  private static func advertised(
    _ config: BrokerConfig, _ ports: [UInt16], hostName: String
  ) -> [String: ListenerAddress] {
    var result: [String: ListenerAddress] = [:]
    for address in config.advertised {
      let index = config.listeners.firstIndex { $0.securityProtocol == address.securityProtocol }
      let isAny = address.host.isEmpty || address.host == "0.0.0.0" || address.host == "::"
      result[address.securityProtocol] = ListenerAddress(
        securityProtocol: address.securityProtocol, host: isAny ? hostName : address.host,
        port: address.port == 0 ? index.map { ports[$0] } ?? 0 : address.port)
    }
    return result
  }
}
