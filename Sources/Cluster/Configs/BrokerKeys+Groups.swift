extension BrokerKeys {
  static let consumerGroups: [ConfigKey] = [
    ConfigKey(
      "group.consumer.session.timeout.ms", .int, "45000", in: 1...Int64(Int32.max),
      "A member of the consumer protocol that is not heard of for this long is given up."),
    ConfigKey(
      "group.consumer.min.session.timeout.ms", .int, "45000", in: 1...Int64(Int32.max),
      "The shortest session timeout of the consumer protocol, for the broker and for any group."),
    ConfigKey(
      "group.consumer.max.session.timeout.ms", .int, "60000", in: 1...Int64(Int32.max),
      "The longest session timeout of the consumer protocol, for the broker and for any group."),
    ConfigKey(
      "group.consumer.heartbeat.interval.ms", .int, "5000", in: 1...Int64(Int32.max),
      "How often members of the consumer protocol are told to send heartbeats."),
    ConfigKey(
      "group.consumer.min.heartbeat.interval.ms", .int, "5000", in: 1...Int64(Int32.max),
      "The shortest heartbeat interval of the consumer protocol, for the broker and for any group."
    ),
    ConfigKey(
      "group.consumer.max.heartbeat.interval.ms", .int, "15000", in: 1...Int64(Int32.max),
      "The longest heartbeat interval of the consumer protocol, for the broker and for any group."),
    ConfigKey(
      "group.consumer.max.size", .int, "2147483647", in: 1...Int64(Int32.max),
      "The most members of one group of the consumer protocol."),
    ConfigKey(
      "group.consumer.assignors", .list, "uniform,range", words: ["uniform", "range"],
      "Assignors of the coordinator; the first serves groups whose members do not choose."),
    ConfigKey(
      "group.consumer.migration.policy", .string, "bidirectional",
      words: ["disabled", "upgrade", "downgrade", "bidirectional"],
      "Which groups may change between the classic and the consumer protocol while they have "
        + "members."),
  ]

  static let shareGroups: [ConfigKey] = [
    ConfigKey(
      "group.share.session.timeout.ms", .int, "45000", in: 1...Int64(Int32.max),
      "A member of a share group that is not heard of for this long is given up."),
    ConfigKey(
      "group.share.min.session.timeout.ms", .int, "45000", in: 1...Int64(Int32.max),
      "The shortest session timeout of share groups, for the broker and for any group."),
    ConfigKey(
      "group.share.max.session.timeout.ms", .int, "60000", in: 1...Int64(Int32.max),
      "The longest session timeout of share groups, for the broker and for any group."),
    ConfigKey(
      "group.share.heartbeat.interval.ms", .int, "5000", in: 1...Int64(Int32.max),
      "How often members of share groups are told to send heartbeats."),
    ConfigKey(
      "group.share.min.heartbeat.interval.ms", .int, "5000", in: 1...Int64(Int32.max),
      "The shortest heartbeat interval of share groups, for the broker and for any group."),
    ConfigKey(
      "group.share.max.heartbeat.interval.ms", .int, "15000", in: 1...Int64(Int32.max),
      "The longest heartbeat interval of share groups, for the broker and for any group."),
    ConfigKey(
      "group.share.max.size", .int, "200", in: 1...1000, "The most members of one share group."),
    ConfigKey(
      "group.share.assignors", .list, "simple", words: ["simple"],
      "Assignors of share groups; there is one."),
    ConfigKey(
      "group.share.min.record.lock.duration.ms", .int, "15000", in: 1000...30_000,
      "The shortest record lock of share groups, for the broker and for any group."),
    ConfigKey(
      "group.share.max.record.lock.duration.ms", .int, "60000", in: 30_000...3_600_000,
      "The longest record lock of share groups, for the broker and for any group."),
  ]
}
