extension BrokerKeys {
  /// Defaults of topics and the care of local logs.
  static let logs: [ConfigKey] = [
    ConfigKey(
      "log.segment.bytes", .int, "1073741824", in: 1024...Int64(Int32.max),
      "A segment closes at this size (topics: segment.bytes)."),
    ConfigKey(
      "log.roll.ms", .long, nil, in: 1...Int64.max, "Before log.roll.hours: the same in ms."),
    ConfigKey(
      "log.roll.hours", .int, "168", in: 1...Int64(Int32.max),
      "A segment closes at this age (topics: segment.ms)."),
    ConfigKey(
      "log.index.interval.bytes", .int, "4096", in: 0...Int64(Int32.max),
      "Bytes of log between two index entries (topics: index.interval.bytes)."),
    ConfigKey(
      "log.index.size.max.bytes", .int, "10485760", in: 4096...Int64(Int32.max),
      "A segment closes when its index is this large (topics: segment.index.bytes)."),
    ConfigKey(
      "log.cleanup.policy", .list, "delete", words: ["delete", "compact"],
      "What becomes of old records (topics: cleanup.policy)."),
    ConfigKey(
      "log.retention.ms", .long, nil, in: -1...Int64.max,
      "Before log.retention.minutes; −1: for ever."),
    ConfigKey(
      "log.retention.minutes", .int, nil, in: -1...Int64(Int32.max),
      "Before log.retention.hours; −1: for ever."),
    ConfigKey(
      "log.retention.hours", .int, "168", in: -1...Int64(Int32.max),
      "How long a record is consumable, in both tiers (topics: retention.ms)."),
    ConfigKey(
      "log.retention.bytes", .long, "-1", in: -1...Int64.max,
      "How many bytes of a partition are consumable, both tiers together (topics: retention.bytes)."
    ),
    ConfigKey(
      "log.local.retention.ms", .long, "86400000", in: -2...Int64.max,
      "How long settled segments stay on local disk; −2: as long as retention.ms."),
    ConfigKey(
      "log.local.retention.bytes", .long, "-2", in: -2...Int64.max,
      "How many bytes of settled segments stay on local disk; −2: as many as retention.bytes."),
    ConfigKey(
      "log.retention.check.interval.ms", .long, "300000", in: 100...Int64.max,
      "How often retention is applied."),
    ConfigKey(
      "log.segment.delete.delay.ms", .long, "60000", in: 0...Int64.max, acts: false,
      "Taken; a deleted segment's file goes when its last reader has let go of it."),
    ConfigKey(
      "log.message.timestamp.type", .string, "CreateTime", words: ["CreateTime", "LogAppendTime"],
      "Whose time a record carries (topics: message.timestamp.type)."),
    ConfigKey(
      "log.message.timestamp.before.max.ms", .long, "9223372036854775807", in: 0...Int64.max,
      "How far before the broker's time a record's may lie."),
    ConfigKey(
      "log.message.timestamp.after.max.ms", .long, "3600000", in: 0...Int64.max,
      "How far after the broker's time a record's may lie."),
    ConfigKey(
      "log.flush.offset.checkpoint.interval.ms", .int, "60000", in: 100...Int64(Int32.max),
      "How often the recovery point is written."),
    ConfigKey(
      "producer.id.expiration.ms", .int, "86400000", in: 1000...Int64(Int32.max),
      "An idempotent producer that writes nothing for this long is forgotten."),
  ]
}
