extension BrokerKeys {
  /// The configs that can be set while the broker runs, for one broker or for all: those that Kafka
  /// calls dynamic, less what a broker of one cannot change under its connections.
  ///
  /// `log.cleanup.policy` is missing on purpose: topics that settle would turn into compacted ones,
  /// which do not, and what has settled would be out of reach.
  package static let dynamic: Set<String> = Set(
    topicDefaults + resources + settling + withoutEffect)

  /// In force at once in every topic that has no own value.
  private static let topicDefaults = [
    "compression.gzip.level", "compression.lz4.level", "compression.type", "compression.zstd.level",
    "log.cleaner.delete.retention.ms", "log.cleaner.max.compaction.lag.ms",
    "log.cleaner.min.cleanable.ratio", "log.cleaner.min.compaction.lag.ms",
    "log.flush.interval.messages", "log.flush.interval.ms", "log.index.interval.bytes",
    "log.index.size.max.bytes", "log.local.retention.bytes", "log.local.retention.ms",
    "log.message.timestamp.after.max.ms", "log.message.timestamp.before.max.ms",
    "log.message.timestamp.type", "log.preallocate", "log.retention.bytes", "log.retention.ms",
    "log.roll.jitter.ms", "log.roll.ms", "log.segment.bytes", "log.segment.delete.delay.ms",
    "message.max.bytes", "min.insync.replicas", "unclean.leader.election.enable",
  ]

  private static let resources = [
    "background.threads", "log.cleaner.backoff.ms", "log.cleaner.dedupe.buffer.size",
    "log.cleaner.io.buffer.load.factor", "log.cleaner.io.buffer.size",
    "log.cleaner.io.max.bytes.per.second", "log.cleaner.threads", "max.connection.creation.rate",
    "max.connections",
    "max.connections.per.ip", "max.connections.per.ip.overrides", "producer.id.expiration.ms",
    "transaction.partition.verification.enable", "varve.disk.reserve.bytes",
  ]

  private static let settling = [
    "lake.commit.interval.ms", "lake.max.lag.ms", "lake.retention.ms",
    "lake.target.file.bytes", "remote.list.offsets.request.timeout.ms",
  ]

  /// Dynamic in Kafka, and taken for tools that set them; there is no such thing here to change.
  private static let withoutEffect = [
    "follower.replication.throttled.rate", "leader.replication.throttled.rate",
    "metric.reporters", "num.io.threads", "num.recovery.threads.per.data.dir",
    "num.replica.fetchers", "remote.fetch.max.wait.ms",
    "remote.log.index.file.cache.total.size.bytes",
    "remote.log.manager.copier.thread.pool.size",
    "remote.log.manager.copy.max.bytes.per.second",
    "remote.log.manager.expiration.thread.pool.size",
    "remote.log.manager.fetch.max.bytes.per.second", "remote.log.reader.threads",
    "replica.alter.log.dirs.io.max.bytes.per.second",
  ]

  /// A broker's config as DescribeConfigs shows it.
  package static func describe(_ key: ConfigKey, _ values: ConfigSet) -> ConfigEntry {
    ConfigEntry(
      key, settings: values.synonyms(of: key.name), isReadOnly: !dynamic.contains(key.name))
  }
}
