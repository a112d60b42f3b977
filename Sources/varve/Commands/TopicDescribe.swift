/// `varve topic describe`: partitions, offsets and configs of one topic.
enum TopicDescribe: Command {
  static let words = ["topic", "describe"]
  static let operands = "<topic>"
  static let summary = "Shows a topic's partitions, offsets and configs that differ from defaults."
  static let details = """
    Offsets of a partition:
      LOG START    the first record that can be consumed
      LOCAL START  the first record on the broker's disk; those before it are in the lake alone
      SETTLED      one past the last record in the lake; - while none of the log is there
      END          one past the last record that can be consumed

    JSON: {topic, topic_id, internal, partitions: [{partition, leader, leader_epoch, replicas,
    in_sync_replicas, log_start, local_start, settled, end}], configs: {name: {value, set_by}}};
    set_by is topic or broker; settled is null while none of the log is in the lake.
    """
  static let options = BrokerOptions.all

  static func run(_ arguments: Arguments) throws -> Int32 {
    let name = try arguments.operand("topic", of: Self.self)
    let client = try BrokerOptions.connect(arguments)
    let (topic, _) = try client.topic(name)
    let offsets = try client.offsets(of: name, topic.partitions.map(\.partitionIndex))
    let configs = try client.configs(of: .topic, name).filter { $0.configSource != 5 }
    let report = TopicReport(
      topic: name, topicID: topic.topicID.description, isInternal: topic.isInternal,
      partitions: topic.partitions.sorted { $0.partitionIndex < $1.partitionIndex }.map {
        TopicReport.Partition(
          partition: $0.partitionIndex.rawValue, leader: $0.leaderID,
          leaderEpoch: $0.leaderEpoch.rawValue, replicas: $0.replicaNodes,
          inSyncReplicas: $0.isrNodes,
          offsets: offsets[$0.partitionIndex] ?? PartitionOffsets())
      },
      configs: configs.sorted { $0.name < $1.name }.map {
        TopicReport.Config(name: $0.name, value: $0.value, source: $0.configSource)
      })
    arguments.show(report.text, report.json)
    return 0
  }
}
