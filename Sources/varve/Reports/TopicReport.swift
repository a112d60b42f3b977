/// What `varve topic describe` says of a topic.
struct TopicReport: Equatable {
  struct Partition: Equatable {
    var partition: Int32
    var leader: Int32
    var leaderEpoch: Int32
    var replicas: [Int32]
    var inSyncReplicas: [Int32]
    var offsets: PartitionOffsets
  }

  /// A config whose value is not the built-in default.
  struct Config: Equatable {
    var name: String
    var value: String?
    /// Kafka's number of where the value comes from.
    var source: Int8
  }

  var topic: String
  var topicID: String
  var isInternal: Bool
  var partitions: [Partition]
  var configs: [Config]

  var text: String {
    let kind = isInternal ? ", internal" : ""
    var text = "Topic \(topic), \(Quantity.count(Int64(partitions.count), "partition"))\(kind)\n"
    text += "Id    \(topicID)\n"
    if configs.isEmpty {
      text += "All configs have their defaults.\n"
    } else {
      var table = TextTable([("CONFIG", .left), ("VALUE", .left), ("SET", .left)])
      for config in configs {
        table.add([config.name, config.value ?? "(secret)", "by \(Self.source(config.source))"])
      }
      text += "\n" + table.text
    }
    var table = TextTable([
      ("PARTITION", .right), ("LEADER", .right), ("EPOCH", .right), ("LOG START", .right),
      ("LOCAL START", .right), ("SETTLED", .right), ("END", .right),
    ])
    for partition in partitions {
      let offsets = partition.offsets
      table.add(
        ["\(partition.partition)", "\(partition.leader)", "\(partition.leaderEpoch)"]
          + [offsets.logStart, offsets.localStart, offsets.settled, offsets.end]
          .map(Quantity.number))
    }
    return text + "\n" + table.text
  }

  var json: JSONValue {
    .object([
      .init("topic", .string(topic)),
      .init("topic_id", .string(topicID)),
      .init("internal", .bool(isInternal)),
      .init("partitions", .array(partitions.map(\.json))),
      .init(
        "configs",
        .object(
          configs.map {
            .init(
              $0.name,
              .object([
                .init("value", .string($0.value)),
                .init("set_by", .string(Self.source($0.source))),
              ]))
          })),
    ])
  }

  /// Words for the sources of configs (DescribeConfigs, `ConfigSource`).
  private static func source(_ source: Int8) -> String {
    switch source {
    case 1: "topic"
    case 2, 3, 4: "broker"
    default: "default"
    }
  }
}

extension TopicReport.Partition {
  var json: JSONValue {
    .object([
      .init("partition", .integer(Int64(partition))),
      .init("leader", .integer(Int64(leader))),
      .init("leader_epoch", .integer(Int64(leaderEpoch))),
      .init("replicas", .array(replicas.map { .integer(Int64($0)) })),
      .init("in_sync_replicas", .array(inSyncReplicas.map { .integer(Int64($0)) })),
      .init("log_start", .integer(offsets.logStart)),
      .init("local_start", .integer(offsets.localStart)),
      .init("settled", .integer(offsets.settled)),
      .init("end", .integer(offsets.end)),
    ])
  }
}
