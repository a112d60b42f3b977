import Cluster
import CommitLog
import KafkaProtocol
import Lake
import ObjectStore
import Platform
import Records
import Synchronization
import Tiering

/// The cold tier over the lake: hands topics to `Tiering`, and answers fetches from `ColdReader`.
///
/// It opens the store and probes its semantics in the background; until that is done topics wait,
/// and cold fetches come back empty. Starting never waits for the store.
final class LakeTier: ColdTier {
  private struct State {
    var waiting: [TieredTopic] = []
    var parts: Parts?
    var topics: [TopicID: TieredTopic] = [:]
    var isStopped = false
    var opened: ObjectStoreOpener.Opened?
  }

  /// What exists once the store is open.
  private struct Parts: Sendable {
    let tiering: Tiering
    let reader: ColdReader
  }

  private let config: BrokerConfig
  private let environment: BrokerEnvironment
  private let clusterID: String
  private let log: Logger
  private let lake: LakeConfig
  /// Disk work of a `file://` store; apart from encoding, which would hold it up.
  private let storePool: BlockingPool
  private let settlePool: BlockingPool
  private let state = Mutex(State())
  private let opening = Mutex<Task<Void, Never>?>(nil)

  init(
    _ config: BrokerConfig, _ lake: LakeConfig, _ environment: BrokerEnvironment, clusterID: String
  ) {
    self.config = config
    self.lake = lake
    self.environment = environment
    self.clusterID = clusterID
    log = environment.log.named("lake")
    storePool = BlockingPool(name: "store", threads: 4, queueLimit: 10_000)
    settlePool = BlockingPool(
      name: "settle", threads: config.values.int("lake.settle.threads"), queueLimit: 10_000)
  }

  func start() {
    opening.withLock { $0 = Task { await self.open() } }
  }

  /// Ends settling and closes the store; blocks.
  func stop() {
    opening.withLock { $0 }?.cancel()
    let (parts, opened) = state.withLock { state in
      state.isStopped = true
      return (state.parts, state.opened)
    }
    if let parts { blockingWait { await parts.tiering.stop() } }
    opened?.close()
    settlePool.stop()
    storePool.stop()
  }

  private func open() async {
    let opener = ObjectStoreOpener(
      files: environment.fileSystem, pool: storePool, clock: environment.clock,
      sleeper: SystemSleeper(), random: environment.random, environment: environment.variables)
    var pause: Int64 = 500
    while !Task.isCancelled {
      do {
        let opened = try await opener.open(lake.url, s3: lake.s3)
        let place = LakeEnvironment(
          store: opened.store, clock: environment.clock, sleeper: SystemSleeper(),
          random: environment.random, logger: log)
        state.withLock { $0.opened = opened }
        try await StoreProbe(place, namespace: lake.namespace).check()
        return begin(place)
      } catch LakeError.storeSemantics(let problem) {
        return log.error("this store cannot hold a lake; nothing settles", ("why", problem))
      } catch {
        // The broker stops: the store is not to blame.
        if Task.isCancelled { return }
        log.error(
          "the lake cannot be opened; it is tried again", ("url", lake.url),
          ("error", "\(error)"))
        await SystemSleeper().sleep(milliseconds: pause)
        pause = min(30_000, pause * 2)
      }
    }
  }

  private func begin(_ lake: LakeEnvironment) {
    let environment = TieringEnvironment(
      lake: lake, fileSystem: environment.fileSystem,
      intentDirectory: "\(config.logDirectory)/lake-intents",
      indexDirectory: "\(config.logDirectory)/lake-page-indexes", pool: settlePool)
    let tiering = Tiering(environment)
    var limits = ColdReader.Limits()
    limits.cacheBytes = config.values.int("lake.cache.bytes")
    limits.readAheadBytes = config.values.int("lake.read.ahead.bytes")
    limits.maxPendingReads = config.values.int("remote.log.reader.max.pending.tasks")
    limits.indexFiles = config.values.int("lake.index.cache.files")
    let reader = ColdReader(environment, holds: tiering.fileHolds, limits: limits)
    let waiting = state.withLock { state -> [TieredTopic] in
      guard !state.isStopped else { return [] }
      state.parts = Parts(tiering: tiering, reader: reader)
      defer { state.waiting = [] }
      return state.waiting
    }
    for topic in waiting { tiering.add(topic) }
    log.info("lake open", ("url", self.lake.url))
  }

  // MARK: ColdTier

  func added(_ topic: Topic, from first: Int) {
    let partitions = topic.partitions.filter { $0.id.rawValue >= first }
      .map { TieredPartition(id: $0.id, log: $0.log) }
    let settings = TieringSettings(
      topic.config, config.values, layout: layoutOrDefault(topic.config))
    state.withLock { state in
      if let known = state.topics[topic.id] {
        known.add(partitions)
        return known.configure(settings)
      }
      let identity = TableIdentity(
        clusterID: clusterID, topic: topic.name, topicID: topic.id,
        namespace: lake.namespace)
      let all = topic.partitions
      let tiered = TieredTopic(identity, partitions: partitions, settings: settings) {
        Int64(all.map(\.leaderEpoch.rawValue).max() ?? 0)
      }
      state.topics[topic.id] = tiered
      if let parts = state.parts { parts.tiering.add(tiered) } else { state.waiting.append(tiered) }
    }
  }

  func changed(_ topic: Topic) {
    let settings = TieringSettings(
      topic.config, config.values, layout: layoutOrDefault(topic.config))
    state.withLock { $0.topics[topic.id] }?.configure(settings)
  }

  func removed(_ topic: TopicID) {
    let drops = config.values.string("lake.on.topic.delete") == "drop"
    state.withLock { state in
      // A topic that still waits for the store is handed over too: its table may have to go.
      state.topics.removeValue(forKey: topic)?.remove(droppingTable: drops)
      if !drops { state.waiting.removeAll { $0.topicID == topic } }
      state.parts?.tiering.remove(topic, droppingTable: drops)
      state.parts?.reader.forget(topic)
    }
  }

  func read(
    _ partition: Partition, from offset: Offset, maxBytes: Int,
    whenReady: @escaping @Sendable () -> Void
  ) -> ColdRead {
    guard let (topic, parts) = known(partition) else {
      // The lake is not open yet. Its topics' tables follow when it is.
      state.withLock { $0.topics[partition.topicID] }?.view.whenKnown(whenReady)
      return .pending
    }
    switch parts.reader.read(
      topic, partition.id, from: offset, maxBytes: maxBytes, whenReady: whenReady)
    {
    case .batches(let block): return .batches(block)
    case .pending: return .pending
    case .failed(let error):
      return .failed(ColdFailure(code: .unknownServerError, message: error.description))
    }
  }

  func lookup(
    _ partition: Partition, timestamp: Int64, below end: Offset,
    _ done: @escaping @Sendable (Result<ColdLookup?, ColdFailure>) -> Void
  ) {
    guard let (topic, parts) = known(partition) else {
      return done(.failure(ColdFailure(code: .requestTimedOut, message: "the lake is not open")))
    }
    Task {
      do throws(TieringError) {
        let found = try await parts.reader.lookup(
          topic, partition.id, timestamp: timestamp, from: partition.log.logStartOffset,
          below: end)
        done(
          .success(
            found.map {
              ColdLookup(offset: $0.offset, timestamp: $0.timestamp, leaderEpoch: $0.leaderEpoch)
            }))
      } catch {
        done(.failure(ColdFailure(code: .requestTimedOut, message: error.description)))
      }
    }
  }

  func settledOffset(_ partition: Partition) -> Offset? {
    guard let topic = state.withLock({ $0.topics[partition.topicID] }), topic.settings.settles
    else { return nil }
    return topic.view.settled(partition.id)
  }

  func byteCount(_ partition: Partition) -> Int64? {
    guard let topic = state.withLock({ $0.topics[partition.topicID] }), topic.settings.settles
    else { return nil }
    return topic.view.byteCount(partition.id)
  }

  func isFenced(_ topic: TopicID) -> Bool {
    state.withLock { $0.topics[topic] }?.isFenced ?? false
  }

  private func known(_ partition: Partition) -> (TieredTopic, Parts)? {
    state.withLock { state in
      guard let topic = state.topics[partition.topicID], let parts = state.parts else { return nil }
      return (topic, parts)
    }
  }

  func problem(withLayout name: String) -> String? {
    do throws(UsageError) {
      _ = try layout(named: name, environment.fileSystem)
      return nil
    } catch { return error.description }
  }

  /// The topic's layout. It was checked when the topic was made; a file that has vanished since
  /// does not hold up settling, since an existing table keeps its own partitioning.
  private func layoutOrDefault(_ config: TopicConfig) -> LakeLayout {
    do throws(UsageError) {
      return try layout(named: config.lakeLayout, environment.fileSystem)
    } catch {
      log.error("a layout cannot be read; by-partition stands in for it", ("error", error))
      return .byPartition
    }
  }
}

/// A layout by its built-in name, or read from a `.json5` file.
func layout(
  named name: String, _ fileSystem: any FileSystem, setting: String = "lake.layout"
) throws(UsageError) -> LakeLayout {
  if let builtIn = LakeLayout.builtIn.first(where: { $0.name == name }) { return builtIn }
  guard name.hasSuffix(".json5") else {
    let names = LakeLayout.builtIn.map(\.name)
    throw UsageError(
      "there is no layout '\(name)'", at: setting,
      hint: nearestName(to: name, among: names).map { "did you mean \($0)?" }
        ?? "one of \(names.joined(separator: ", ")), or the path of a .json5 file")
  }
  let bytes: [UInt8]
  do throws(StorageError) { bytes = try fileSystem.readAll(name) } catch {
    throw UsageError("cannot read the layout: \(error)", at: setting)
  }
  let short = name.split(separator: "/").last.map { String($0.dropLast(6)) } ?? name
  return try LakeLayout(json5: bytes, name: short, file: name)
}

extension TieringSettings {
  /// What settling needs of a topic's configs.
  init(_ topic: TopicConfig, _ broker: ConfigSet, layout: LakeLayout) {
    self.init()
    settles = topic.settles
    commitIntervalMilliseconds = topic.lakeCommitIntervalMilliseconds
    maxLagMilliseconds = topic.lakeMaxLagMilliseconds
    targetFileBytes = topic.lakeTargetFileBytes
    maxOpenPartitions = broker.int("lake.max.open.partitions")
    retentionMilliseconds = topic.retentionMilliseconds
    retentionBytes = topic.retentionBytes
    localRetentionMilliseconds = topic.localRetentionMilliseconds
    localRetentionBytes = topic.localRetentionBytes
    lakeRetentionMilliseconds = topic.lakeRetentionMilliseconds
    deletes = topic.deletes
    self.layout = layout
  }
}

extension S3Settings {
  /// What `lake.s3.*` says; the rest comes from the environment.
  package init(_ values: ConfigSet) {
    self.init()
    endpoint = values.text("lake.s3.endpoint")
    region = values.text("lake.s3.region")
    usesPathStyle = values.text("lake.s3.path.style").map { $0 == "true" }
    accessKeyID = values.text("lake.s3.access.key.id")
    secretAccessKey = values.text("lake.s3.secret.access.key")
    sessionToken = values.text("lake.s3.session.token")
    requestTimeoutMilliseconds = values.long("lake.s3.request.timeout.ms")
    maximumConnections = values.int("lake.s3.max.connections")
  }
}
