/// The configs of a topic, under Kafka's own names, and Varve's own under `lake.`.
package enum TopicKeys {
  /// The broker configs that give a topic's default, the first that is set winning, each with the
  /// factor that turns its number into the topic's unit.
  package static let synonyms: [String: [(name: String, factor: Int64)]] = [
    "cleanup.policy": [("log.cleanup.policy", 1)],
    "compression.gzip.level": [("compression.gzip.level", 1)],
    "compression.lz4.level": [("compression.lz4.level", 1)],
    "compression.type": [("compression.type", 1)],
    "compression.zstd.level": [("compression.zstd.level", 1)],
    "delete.retention.ms": [("log.cleaner.delete.retention.ms", 1)],
    "file.delete.delay.ms": [("log.segment.delete.delay.ms", 1)],
    "flush.messages": [("log.flush.interval.messages", 1)],
    "flush.ms": [("log.flush.interval.ms", 1), ("log.flush.scheduler.interval.ms", 1)],
    "index.interval.bytes": [("log.index.interval.bytes", 1)],
    "lake.commit.interval.ms": [("lake.commit.interval.ms", 1)],
    "lake.layout": [("lake.layout", 1)],
    "lake.max.lag.ms": [("lake.max.lag.ms", 1)],
    "lake.retention.ms": [("lake.retention.ms", 1)],
    "lake.target.file.bytes": [("lake.target.file.bytes", 1)],
    "local.retention.bytes": [("log.local.retention.bytes", 1)],
    "local.retention.ms": [("log.local.retention.ms", 1)],
    "max.compaction.lag.ms": [("log.cleaner.max.compaction.lag.ms", 1)],
    "max.message.bytes": [("message.max.bytes", 1)],
    "message.timestamp.after.max.ms": [("log.message.timestamp.after.max.ms", 1)],
    "message.timestamp.before.max.ms": [("log.message.timestamp.before.max.ms", 1)],
    "message.timestamp.type": [("log.message.timestamp.type", 1)],
    "min.cleanable.dirty.ratio": [("log.cleaner.min.cleanable.ratio", 1)],
    "min.compaction.lag.ms": [("log.cleaner.min.compaction.lag.ms", 1)],
    "min.insync.replicas": [("min.insync.replicas", 1)],
    "preallocate": [("log.preallocate", 1)],
    "remote.storage.enable": [("log.remote.storage.enable", 1)],
    "retention.bytes": [("log.retention.bytes", 1)],
    "retention.ms": [
      ("log.retention.ms", 1), ("log.retention.minutes", 60_000),
      ("log.retention.hours", 3_600_000),
    ],
    "segment.bytes": [("log.segment.bytes", 1)],
    "segment.index.bytes": [("log.index.size.max.bytes", 1)],
    "segment.jitter.ms": [("log.roll.jitter.ms", 1), ("log.roll.jitter.hours", 3_600_000)],
    "segment.ms": [("log.roll.ms", 1), ("log.roll.hours", 3_600_000)],
    "unclean.leader.election.enable": [("unclean.leader.election.enable", 1)],
  ]

  package static let all: [ConfigKey] = acting + accepted

  private static let acting: [ConfigKey] = [
    ConfigKey(
      "cleanup.policy", .list, "delete", words: ["delete", "compact"],
      "delete: old segments go; compact: the last record of each key stays."),
    ConfigKey(
      "min.cleanable.dirty.ratio", .double, "0.5", in: 0...1,
      "A compacted log is cleaned when more than this part of it is dirty, 0 to 1."),
    ConfigKey(
      "min.compaction.lag.ms", .long, "0", in: 0...Int64.max,
      "Younger records of a compacted topic stay as they are."),
    ConfigKey(
      "max.compaction.lag.ms", .long, "9223372036854775807", in: 1...Int64.max,
      "Older dirty records of a compacted topic are cleaned whatever the ratio."),
    ConfigKey(
      "delete.retention.ms", .long, "86400000", in: 0...Int64.max,
      "How long tombstones and transaction markers of a compacted topic stay after the first "
        + "cleaning that met them."),
    ConfigKey(
      "remote.storage.enable", .boolean, "true",
      "The topic settles into the lake. Refused on a compacted topic."),
    ConfigKey(
      "retention.ms", .long, "604800000", in: -1...Int64.max,
      "How long a record is consumable, in both tiers; −1: for ever."),
    ConfigKey(
      "retention.bytes", .long, "-1", in: -1...Int64.max,
      "How many bytes of a partition are consumable, in both tiers; −1: all."),
    ConfigKey(
      "local.retention.ms", .long, "-2", in: -2...Int64.max,
      "How long settled segments stay on local disk; −2: as long as retention.ms."),
    ConfigKey(
      "local.retention.bytes", .long, "-2", in: -2...Int64.max,
      "How many bytes of settled segments stay on local disk; −2: as many as retention.bytes."),
    ConfigKey(
      "segment.bytes", .int, "1073741824", in: 1024...Int64(Int32.max),
      "A segment closes at this size."),
    ConfigKey("segment.ms", .long, "604800000", in: 1...Int64.max, "A segment closes at this age."),
    ConfigKey(
      "index.interval.bytes", .int, "4096", in: 0...Int64(Int32.max),
      "Bytes of log between two index entries."),
    ConfigKey(
      "segment.index.bytes", .int, "10485760", in: 4096...Int64(Int32.max),
      "A segment closes when its index is this large."),
    ConfigKey(
      "max.message.bytes", .int, "1048588", in: 0...Int64(Int32.max),
      "The largest record batch in bytes."),
    ConfigKey(
      "message.timestamp.type", .string, "CreateTime", words: ["CreateTime", "LogAppendTime"],
      "Whose time a record carries: the producer's or the broker's."),
    ConfigKey(
      "message.timestamp.before.max.ms", .long, "9223372036854775807", in: 0...Int64.max,
      "How far before the broker's time a record's may lie."),
    ConfigKey(
      "message.timestamp.after.max.ms", .long, "3600000", in: 0...Int64.max,
      "How far after the broker's time a record's may lie."),
    ConfigKey(
      "lake.layout", .string, "by-partition", "The layout of the topic's table, when it is made."),
    ConfigKey(
      "lake.commit.interval.ms", .long, "60000", in: 10...Int64.max,
      "How often ready ranges are committed to the table."),
    ConfigKey(
      "lake.max.lag.ms", .long, "300000", in: 10...Int64.max,
      "Records older than this settle although their segment is still active."),
    ConfigKey(
      "lake.target.file.bytes", .long, "536870912", in: 1_048_576...Int64.max,
      "The size a data file is aimed at."),
    ConfigKey(
      "lake.retention.ms", .long, "-1", in: -2...Int64.max,
      "How long rows stay in the table for SQL; −1: for ever; −2: as long as retention.ms."),
  ]

  private static let accepted: [ConfigKey] = [
    taken(
      "compression.type", .string, "producer",
      words: ["producer", "uncompressed", "gzip", "snappy", "lz4", "zstd"],
      "batches keep the producer's codec"),
    taken("compression.gzip.level", .int, "-1", in: -1...9, "batches keep the producer's codec"),
    taken("compression.lz4.level", .int, "9", in: 1...17, "batches keep the producer's codec"),
    taken(
      "compression.zstd.level", .int, "3", in: -131_072...22, "batches keep the producer's codec"),
    taken(
      "file.delete.delay.ms", .long, "60000", in: 0...Int64.max,
      "a file goes when its last reader has let go of it"),
    taken(
      "flush.messages", .long, "9223372036854775807", in: 1...Int64.max,
      "what is acknowledged with acks=all is synced, the rest by the system"),
    taken(
      "flush.ms", .long, "9223372036854775807", in: 0...Int64.max,
      "what is acknowledged with acks=all is synced, the rest by the system"),
    taken("follower.replication.throttled.replicas", .list, "", "nothing is replicated"),
    taken("leader.replication.throttled.replicas", .list, "", "nothing is replicated"),
    taken(
      "min.insync.replicas", .int, "1", in: 1...Int64(Int32.max),
      "one broker is always in sync with itself"),
    taken("preallocate", .boolean, "false", "segments grow as they are written"),
    taken("remote.log.copy.disable", .boolean, "false", "what settles goes on settling"),
    taken(
      "remote.log.delete.on.disable", .boolean, "false",
      "remote.storage.enable cannot be turned off, so nothing is deleted by that"),
    taken(
      "segment.jitter.ms", .long, "0", in: 0...Int64.max,
      "segments close when they are due, without jitter"),
    taken("unclean.leader.election.enable", .boolean, "false", "one broker needs no election"),
  ]

  private static func taken(
    _ name: String, _ kind: ConfigKey.Kind, _ value: String,
    in range: ClosedRange<Int64> = Int64.min...Int64.max, words: [String] = [], _ why: String
  ) -> ConfigKey {
    ConfigKey(
      name, kind, value, in: range, words: words, acts: false, "Taken, without effect: \(why).")
  }
}
