import KafkaProtocol
import Platform
import Records

/// What a client asks for when it makes a topic.
package struct TopicRequest: Sendable {
  package var name: String
  /// −1 takes `num.partitions`.
  package var partitionCount: Int32
  /// −1 takes `default.replication.factor`.
  package var replicationFactor: Int16
  package var configs: [(name: String, value: String?)]
  /// Replicas of each partition, when the client places them itself.
  package var assignments: [(partition: Int32, brokers: [Int32])]

  package init(
    name: String, partitionCount: Int32 = -1, replicationFactor: Int16 = -1,
    configs: [(name: String, value: String?)] = [],
    assignments: [(partition: Int32, brokers: [Int32])] = []
  ) {
    self.name = name
    self.partitionCount = partitionCount
    self.replicationFactor = replicationFactor
    self.configs = configs
    self.assignments = assignments
  }
}

/// Decides on changes of topics: from an image and a wish to records or a refusal. No I/O.
package struct TopicCommands: Sendable {
  /// More partitions in one topic are refused: each holds open files.
  package static let maximumPartitions: Int32 = 10_000
  /// One broker takes MSK's usual factors (kafka.md, "Behaviours").
  package static let maximumReplicationFactor: Int16 = 3

  package let broker: ConfigSet
  package let nodeID: Int32

  package init(broker: ConfigSet, nodeID: Int32) {
    self.broker = broker
    self.nodeID = nodeID
  }

  /// The records that make a topic.
  package func create(_ request: TopicRequest, id: TopicID, in image: ClusterImage)
    throws(Refusal) -> [MetadataRecord]
  {
    try checkName(request.name, in: image)
    let count = try partitionCount(request)
    var records: [MetadataRecord] = [.topic(name: request.name, id: id)]
    for partition in 0..<count {
      records.append(
        .partition(
          topic: id, partition: PartitionID(partition), leader: nodeID, epoch: LeaderEpoch(0)))
    }
    var configs: [String: String] = [:]
    for (name, value) in request.configs {
      guard let value else { throw Refusal(.invalidConfig, "Null value not supported for \(name)") }
      configs[name] = normalizedTopicConfig(name, value)
    }
    try checkConfigs(configs, topic: request.name, wasSettling: nil)
    for (name, value) in configs.sorted(by: { $0.key < $1.key }) {
      records.append(.topicConfig(topic: request.name, name: name, value: value))
    }
    return records
  }

  /// The records that raise a topic's number of partitions to `count`.
  ///
  /// - Parameter assignments: the brokers of each new partition, when the client chooses them.
  package func addPartitions(
    to name: String, count: Int32, assignments: [[Int32]]?, in image: ClusterImage
  ) throws(Refusal) -> [MetadataRecord] {
    guard let topic = image.topic(named: name) else {
      throw Refusal(.unknownTopicOrPartition, "This server does not host this topic-partition.")
    }
    // Groups are found by their partition's number: more partitions would lose sight of them.
    guard !topic.isInternal else {
      throw Refusal(.invalidPartitions, "\(name) belongs to the broker and keeps its partitions.")
    }
    let current = Int32(topic.partitionCount)
    guard count > current else {
      throw Refusal(
        .invalidPartitions,
        "Topic '\(name)' has \(current) partition(s) already; \(count) are not more.")
    }
    guard count <= Self.maximumPartitions else {
      throw Refusal(
        .invalidPartitions, "At most \(Self.maximumPartitions) partitions are supported.")
    }
    if let assignments {
      guard assignments.count == Int(count - current) else {
        throw Refusal(
          .invalidReplicaAssignment,
          "Attempted to add \(count - current) additional partition(s), but only "
            + "\(assignments.count) assignment(s) were specified.")
      }
      for brokers in assignments { try checkAssignment(brokers) }
    }
    return (current..<count).map {
      .partition(
        topic: topic.id, partition: PartitionID($0), leader: nodeID, epoch: LeaderEpoch(0))
    }
  }

  /// The records that change a topic's settings; nil values go back to the default.
  package func alter(_ name: String, _ changes: [String: String?], in image: ClusterImage)
    throws(Refusal) -> [MetadataRecord]
  {
    guard let topic = image.topic(named: name) else {
      throw Refusal(.unknownTopicOrPartition, "The topic '\(name)' does not exist.")
    }
    var after = topic.configs
    let changes = Dictionary(
      uniqueKeysWithValues: changes.map { name, value in
        (name, value.map { normalizedTopicConfig(name, $0) })
      })
    for (key, value) in changes {
      guard TopicKeys.all.contains(where: { $0.name == key }) else {
        throw Refusal(.invalidConfig, topicConfigProblem(key, value ?? "") ?? key)
      }
      after[key] = value
    }
    let before = TopicConfig(overrides: topic.configs, broker: broker, isInternal: topic.isInternal)
    try checkConfigs(after, topic: name, wasSettling: before.settles)
    if let layout = changes["lake.layout"], layout ?? "" != topic.configs["lake.layout"] ?? "" {
      throw Refusal(.invalidConfig, "lake.layout cannot change once the topic exists")
    }
    return changes.sorted(by: { $0.key < $1.key }).map {
      .topicConfig(topic: name, name: $0.key, value: $0.value)
    }
  }

  private func checkName(_ name: String, in image: ClusterImage) throws(Refusal) {
    if let problem = topicNameProblem(name) { throw Refusal(.invalidTopicException, problem) }
    if image.idsByName[name] != nil {
      throw Refusal(.topicAlreadyExists, "Topic '\(name)' already exists.")
    }
    // Kafka refuses these because metrics and, here, table names turn dots into underscores.
    let folded = foldedName(name)
    if let other = image.idsByName.keys.first(where: { foldedName($0) == folded }) {
      throw Refusal(
        .invalidTopicException, "Topic '\(name)' collides with existing topic: \(other)")
    }
  }

  private func foldedName(_ name: String) -> String {
    String(name.map { $0 == "." ? "_" : $0 })
  }

  private func partitionCount(_ request: TopicRequest) throws(Refusal) -> Int32 {
    if !request.assignments.isEmpty {
      guard request.partitionCount == -1, request.replicationFactor == -1 else {
        throw Refusal(
          .invalidRequest,
          "A manual partition assignment was specified, but numPartitions or "
            + "replicationFactor was not set to -1.")
      }
      let numbers = request.assignments.map(\.partition).sorted()
      guard numbers == Array(0..<Int32(numbers.count)) else {
        throw Refusal(
          .invalidReplicaAssignment, "partitions should be a consecutive 0-based sequence")
      }
      for assignment in request.assignments { try checkAssignment(assignment.brokers) }
      return Int32(numbers.count)
    }
    // The broker's own topics are made with what there is.
    if !isInternalTopic(request.name) { try checkReplicationFactor(request.replicationFactor) }
    let count =
      request.partitionCount == -1
      ? Int32(broker.int("num.partitions")) : request.partitionCount
    guard count > 0 else {
      throw Refusal(
        .invalidPartitions, "Number of partitions was set to an invalid non-positive value.")
    }
    guard count <= Self.maximumPartitions else {
      throw Refusal(
        .invalidPartitions, "At most \(Self.maximumPartitions) partitions are supported.")
    }
    return count
  }

  private func checkAssignment(_ brokers: [Int32]) throws(Refusal) {
    guard brokers != [nodeID] else { return }
    throw Refusal(
      .invalidReplicaAssignment,
      "The manual partition assignment names the brokers \(brokers), but only broker \(nodeID) "
        + "is registered.")
  }

  /// Whether a topic asks for more copies than the one that a single broker keeps.
  package func wantsReplicas(_ request: TopicRequest) -> Bool {
    let overrides = request.configs.reduce(into: [:]) { $0[$1.name] = $1.value }
    let values = TopicConfigValues(overrides: overrides, broker: broker, isInternal: false)
    return factor(request.replicationFactor) > 1 || values.long("min.insync.replicas") > 1
  }

  /// −1 is the broker's default.
  private func factor(_ asked: Int16) -> Int {
    asked == -1 ? broker.int("default.replication.factor") : Int(asked)
  }

  private func checkReplicationFactor(_ asked: Int16) throws(Refusal) {
    let factor = factor(asked)
    guard factor > 0 else {
      throw Refusal(.invalidReplicationFactor, "Replication factor must be larger than 0, or -1.")
    }
    let strict = broker.string("varve.single.node.replication") == "refuse"
    guard factor <= (strict ? 1 : Self.maximumReplicationFactor) else {
      throw Refusal(
        .invalidReplicationFactor,
        "Unable to replicate the partition \(factor) time(s): one broker keeps one copy and takes "
          + "factors up to \(strict ? 1 : Self.maximumReplicationFactor).")
    }
  }

  /// - Parameter wasSettling: nil for a new topic.
  private func checkConfigs(_ configs: [String: String], topic: String, wasSettling: Bool?)
    throws(Refusal)
  {
    for (name, value) in configs.sorted(by: { $0.key < $1.key }) {
      if let problem = topicConfigProblem(name, value) { throw Refusal(.invalidConfig, problem) }
    }
    let after = TopicConfig(overrides: configs, broker: broker, isInternal: isInternalTopic(topic))
    if after.settles, after.isCompacted {
      throw Refusal(
        .invalidConfig,
        "Remote log storage is unsupported for the compacted topics: "
          + "remote.storage.enable=true with cleanup.policy=compact")
    }
    let (minimumLag, maximumLag) = (
      after.minimumCompactionLagMilliseconds, after.maximumCompactionLagMilliseconds
    )
    if minimumLag > maximumLag {
      throw Refusal(
        .invalidConfig,
        "conflict topic config setting min.compaction.lag.ms (\(minimumLag)) > "
          + "max.compaction.lag.ms (\(maximumLag))")
    }
    if wasSettling == true, !after.settles {
      throw Refusal(
        .invalidConfig,
        "remote.storage.enable cannot be turned off: the lake holds the only copy of what settled"
      )
    }
    for (local, total) in [
      ("local.retention.ms", "retention.ms"), ("local.retention.bytes", "retention.bytes"),
    ] {
      guard let own = configs[local].flatMap({ Int64($0) }), own >= 0 else { continue }
      let values = TopicConfigValues(overrides: configs, broker: broker, isInternal: false)
      let limit = values.long(total)
      if limit >= 0, own > limit {
        throw Refusal(.invalidConfig, "\(local) \(own) must not be larger than \(total) \(limit)")
      }
    }
  }
}
