import Cluster
import CommitLog
import KafkaProtocol
import Net
import Platform
import Records
import Synchronization

/// Makes, changes and deletes topics: first in the metadata log, then on disk, then for the serving
/// threads. Runs on the controller's one thread; blocks.
final class TopicLifecycle: Sendable {
  private let cluster: Cluster
  private let config: BrokerConfig
  private let logs: LogDirectory
  private let topics: TopicTable
  private let cold: any ColdTier
  private let random: any RandomSource
  private let log: Logger
  private let hasWarnedOfReplicas = Atomic<Bool>(false)

  init(
    cluster: Cluster, config: BrokerConfig, logs: LogDirectory, topics: TopicTable,
    cold: any ColdTier, random: any RandomSource, log: Logger
  ) {
    self.cluster = cluster
    self.config = config
    self.logs = logs
    self.topics = topics
    self.cold = cold
    self.random = random
    self.log = log
  }

  /// The broker's configs in force.
  private var broker: ConfigSet {
    cluster.image.values(over: config.values, broker: config.nodeID)
  }

  private var commands: TopicCommands { TopicCommands(broker: broker, nodeID: config.nodeID) }

  /// Opens the logs of every topic that the metadata names: at start, before anybody is served.
  func openAll() throws(StorageError) {
    var opened: [Topic] = []
    for topic in cluster.image.topics.values { opened.append(try opening(topic, after: nil)) }
    // All at once: each change makes the whole table anew.
    topics.update { table in
      for topic in opened { table[topic.id] = topic }
    }
    for topic in opened { cold.added(topic, from: 0) }
  }

  /// Makes a topic; durable when it returns.
  ///
  /// - Parameters:
  ///   - validateOnly: decides and does nothing.
  ///   - quota: what the client may still make.
  func create(
    _ request: TopicRequest, validateOnly: Bool = false, quota: inout MutationQuota?
  ) throws(Refusal) -> ClusterImage.Topic {
    for (name, value) in request.configs where name == "lake.layout" {
      if let value, let problem = cold.problem(withLayout: value) {
        throw Refusal(.invalidConfig, problem)
      }
    }
    let id = TopicID.random(random)
    var decided = ClusterImage()
    let image = try cluster.change { (image) throws(Refusal) in
      let records = try commands.create(request, id: id, in: image)
      for record in records { decided.replay(record) }
      try checkOpenFiles(for: decided.topics[id]?.partitionCount ?? 0)
      try quota?.take(decided.topics[id]?.partitionCount ?? 0)
      return validateOnly ? [] : records
    }
    guard let topic = validateOnly ? decided.topics[id] : image.topics[id] else {
      throw Refusal(.unknownServerError, "the topic vanished while it was made")
    }
    if !validateOnly {
      try opened(topic)
      if !topic.isInternal { warnOfReplicas(request) }
      log.info(
        "topic created", ("topic", topic.name), ("id", topic.id),
        ("partitions", topic.partitionCount))
    }
    return topic
  }

  /// Each partition keeps a file open; when there are none left, a log that cannot begin its next
  /// segment takes all others out of service with it.
  private func checkOpenFiles(for partitionCount: Int) throws(Refusal) {
    let room = OpenFiles.room
    guard partitionCount > room else { return }
    throw Refusal(
      .policyViolation,
      "The broker may open \(OpenFiles.limit) files, which leaves room for \(room) more "
        + "partitions: raise its limit (ulimit -Hn; LimitNOFILE of a service).")
  }

  /// Makes a topic that no client's quota is charged for; durable when it returns.
  @discardableResult
  func create(_ request: TopicRequest) throws(Refusal) -> ClusterImage.Topic {
    var quota: MutationQuota?
    return try create(request, quota: &quota)
  }

  /// Says once what becomes of settings that were made for several brokers.
  private func warnOfReplicas(_ request: TopicRequest) {
    guard commands.wantsReplicas(request), !hasWarnedOfReplicas.exchange(true, ordering: .relaxed)
    else { return }
    log.warn(
      "a topic asks for several replicas: one broker keeps one copy, whatever the topic asks for "
        + "(varve.single.node.replication=refuse makes it an error; said once)",
      ("topic", request.name))
  }

  /// Raises a topic's number of partitions.
  func addPartitions(
    to name: String, count: Int32, assignments: [[Int32]]?, validateOnly: Bool
  ) throws(Refusal) {
    let image = try cluster.change { (image) throws(Refusal) in
      let records = try commands.addPartitions(
        to: name, count: count, assignments: assignments, in: image)
      try checkOpenFiles(for: records.count)
      return validateOnly ? [] : records
    }
    if !validateOnly, let topic = image.topic(named: name) { try opened(topic) }
  }

  /// Changes a topic's settings; nil goes back to the default.
  func alter(_ name: String, _ changes: [String: String?], validateOnly: Bool) throws(Refusal) {
    let image = try cluster.change { (image) throws(Refusal) in
      let records = try commands.alter(name, changes, in: image)
      try refuseToSettleCompacted(name, records, in: image)
      return validateOnly ? [] : records
    }
    if !validateOnly, let changed = image.topic(named: name) { reconfigure(changed) }
  }

  /// What has been compacted has gaps, which the lake does not take.
  private func refuseToSettleCompacted(
    _ name: String, _ changes: [MetadataRecord], in image: ClusterImage
  ) throws(Refusal) {
    var after = image
    for record in changes { after.replay(record) }
    guard let topic = after.topic(named: name), topicConfig(topic, broker).settles,
      let partitions = topics.snapshot.byID[topic.id]?.partitions,
      partitions.contains(where: { $0.log.cleanedOffset != nil })
    else { return }
    throw Refusal(
      .invalidConfig,
      "\(name) has been compacted, so that it cannot settle: it needs remote.storage.enable=false")
  }

  /// Puts the broker's changed configs in force in every topic.
  func reconfigureAll() {
    for topic in cluster.image.topics.values { reconfigure(topic) }
  }

  private func reconfigure(_ changed: ClusterImage.Topic) {
    guard let topic = topics.snapshot.byID[changed.id] else { return }
    let broker = broker
    let config = topicConfig(changed, broker)
    topic.change(config)
    cold.changed(topic)
    for partition in topic.partitions {
      partition.log.configure(LogConfig(config, broker: broker))
    }
  }

  /// Deletes a topic; its table stays or goes by `lake.on.topic.delete`.
  func delete(_ id: TopicID) throws(Refusal) {
    let before = try cluster.image.topics[id].orRefuse(.unknownTopicID, "no topic has id \(id)")
    guard !before.isInternal else {
      throw Refusal(.invalidTopicException, "\(before.name) belongs to the broker")
    }
    try cluster.change { (image) throws(Refusal) in
      image.topics[id] == nil ? [] : [.removeTopic(id)]
    }
    let partitions = topics.snapshot.byID[id]?.partitions ?? []
    topics.update { $0[id] = nil }
    for partition in partitions { partition.remove() }
    cold.removed(id)
    let names = (0..<before.partitionCount).map {
      TopicPartition(topic: before.name, partition: PartitionID(Int32($0)))
    }
    do throws(StorageError) { try logs.delete(names) } catch {
      // The metadata has forgotten them; the next start finds their directories stray.
      log.error("a deleted topic's files stay", ("topic", before.name), ("error", error))
    }
    do throws(StorageError) { try logs.removeDeleted() } catch {
      log.warn("deleted files stay until the next start", ("error", error))
    }
    log.info("topic deleted", ("topic", before.name), ("id", id))
  }

  private func opened(_ topic: ClusterImage.Topic) throws(Refusal) {
    do throws(StorageError) { try open(topic) } catch {
      throw Refusal(.kafkaStorageError, "the partitions of \(topic.name) cannot be made: \(error)")
    }
  }

  /// Opens or makes the topic's logs and shows it to the serving threads.
  private func open(_ topic: ClusterImage.Topic) throws(StorageError) {
    let known = topics.snapshot.byID[topic.id]
    let opened = try opening(topic, after: known)
    topics.update { $0[topic.id] = opened }
    cold.added(opened, from: known?.partitionCount ?? 0)
  }

  /// The topic with the logs of all its partitions, those of `known` as they are.
  private func opening(
    _ topic: ClusterImage.Topic, after known: Topic?
  ) throws(StorageError) -> Topic {
    let broker = broker
    let config = topicConfig(topic, broker)
    let first = known?.partitionCount ?? 0
    let names = (first..<topic.partitionCount).map {
      TopicPartition(topic: topic.name, partition: PartitionID(Int32($0)))
    }
    let logs = try openLogs(names, of: topic, LogConfig(config, broker: broker))
    let holdsAtSynced = broker.bool("varve.read.synced")
    let new = logs.map { log in
      let id = log.topicPartition.partition
      let epoch = topic.leaderEpochs[Int(id.rawValue)]
      log.begin(epoch)
      return Partition(
        topicName: topic.name, topicID: topic.id, id: id, log: log, epoch: epoch,
        holdsAtSynced: holdsAtSynced)
    }
    return Topic(
      name: topic.name, id: topic.id, partitions: (known?.partitions ?? []) + new,
      partitionCount: topic.partitionCount, config: config)
  }

  /// The logs that were recovered at start, and new ones, in the order of the names. A directory
  /// that bears another topic's id is what a crash left of a deleted topic of the same name.
  ///
  /// Damaged logs are left out, but those of internal topics: without its groups' offsets, say, a
  /// broker would send consumers back to where they began.
  private func openLogs(
    _ names: [TopicPartition], of topic: ClusterImage.Topic, _ config: LogConfig
  ) throws(StorageError) -> [PartitionLog] {
    let offline = logs.offlinePartitions
    var found: [TopicPartition: PartitionLog] = [:]
    var strays: [TopicPartition] = []
    for name in names where offline[name] == nil || topic.isInternal {
      if let failure = offline[name] {
        self.log.error(
          "the broker does not start without this log: repair its files, or move its directory "
            + "away to go on without what it holds", ("partition", name))
        throw failure
      }
      guard let log = logs.log(of: name) else { continue }
      if logs.topicID(of: name) == topic.id {
        log.configure(config)
        found[name] = log
      } else {
        self.log.warn("removing a deleted topic's partition", ("partition", name))
        strays.append(name)
      }
    }
    if !strays.isEmpty { try logs.delete(strays) }
    let missing = names.filter { found[$0] == nil && offline[$0] == nil }
    if !missing.isEmpty {
      for log in try logs.create(missing, topicID: topic.id, config: config) {
        found[log.topicPartition] = log
      }
    }
    return names.compactMap { found[$0] }
  }

  private func topicConfig(_ topic: ClusterImage.Topic, _ broker: ConfigSet) -> TopicConfig {
    TopicConfig(overrides: topic.configs, broker: broker, isInternal: topic.isInternal)
  }
}

extension Optional {
  fileprivate func orRefuse(_ code: ErrorCode, _ message: String) throws(Refusal) -> Wrapped {
    guard let self else { throw Refusal(code, message) }
    return self
  }
}

extension LogConfig {
  /// What the log needs of a topic's configs.
  init(_ topic: TopicConfig, broker: ConfigSet) {
    self.init()
    segmentBytes = Int64(topic.segmentBytes)
    segmentMilliseconds = topic.segmentMilliseconds
    indexIntervalBytes = topic.indexIntervalBytes
    indexBytes = topic.segmentIndexBytes
    producerExpirationMilliseconds = broker.long("producer.id.expiration.ms")
    guard topic.isCompacted else { return }
    var compaction = CompactionConfig()
    compaction.minimumDirtyRatio = topic.minimumDirtyRatio
    compaction.minimumLagMilliseconds = topic.minimumCompactionLagMilliseconds
    compaction.maximumLagMilliseconds = topic.maximumCompactionLagMilliseconds
    compaction.deleteRetentionMilliseconds = topic.deleteRetentionMilliseconds
    self.compaction = compaction
    // What is in the active segment cannot be cleaned.
    segmentMilliseconds = min(segmentMilliseconds, topic.maximumCompactionLagMilliseconds)
  }
}
