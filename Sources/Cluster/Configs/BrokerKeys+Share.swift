extension BrokerKeys {
  /// What share groups (KIP-932) do with partitions, and the internal topic that keeps it.
  static let shares: [ConfigKey] = [
    ConfigKey(
      "group.share.delivery.count.limit", .int, "5", in: 2...10,
      "A record that a share group has been given so often, and not acknowledged, is given to "
        + "nobody any more."),
    ConfigKey(
      "group.share.partition.max.record.locks", .int, "2000", in: 100...10_000,
      "How many records of a partition a share group may have in hand, from the first that is not "
        + "done with. The last batch that is acquired may go beyond."),
    ConfigKey(
      "group.share.record.lock.duration.ms", .int, "30000", in: 1000...3_600_000,
      "How long a member of a share group may keep a record before others get it; a group's "
        + "share.record.lock.duration.ms goes before it."),
    ConfigKey(
      "group.share.max.share.sessions", .int, "2000", in: 1...1_000_000,
      "How many members of share groups may fetch at the same time."),
    ConfigKey(
      "varve.share.session.partitions", .int, "1000000", in: 1...100_000_000,
      "How many partitions the fetching members of share groups have together, each member's "
        + "counted, at about 50 bytes each."),
    ConfigKey(
      "varve.share.max.partitions", .int, "100000", in: 1...100_000_000,
      "How many partitions all share groups read together, each group's counted; further ones are "
        + "not begun."),
    ConfigKey(
      "share.coordinator.state.topic.num.partitions", .int, "50", in: 1...10000,
      "Partitions of __share_group_state; fixed once the topic exists."),
    ConfigKey(
      "share.coordinator.state.topic.segment.bytes", .int, "104857600",
      in: 1_048_576...Int64(Int32.max), "Segment size of __share_group_state."),
    ConfigKey(
      "share.coordinator.snapshot.update.records.per.snapshot", .int, "500", in: 0...500,
      "After so many updates the state of a share group's partition is written whole."),
    ConfigKey(
      "varve.share.state.prune.interval.ms", .int, "300000", in: 1...Int64(Int32.max),
      "How often the part of __share_group_state is deleted that later snapshots have replaced."),
  ]
}
