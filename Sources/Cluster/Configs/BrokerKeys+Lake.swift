extension BrokerKeys {
  /// Where and how the log settles.
  static let lake: [ConfigKey] = [
    ConfigKey(
      "log.remote.storage.enable", .boolean, "true",
      "Default of remote.storage.enable for topics that say nothing: they settle into the lake. "
        + "Internal and compacted topics are spared."),
    ConfigKey(
      "lake.url", .string, nil,
      "The lake: s3://bucket/prefix, file:///directory or memory:. Defaults to `lake` in log.dir."),
    ConfigKey("lake.namespace", .string, "kafka", "The Iceberg namespace of the topics' tables."),
    ConfigKey(
      "lake.layout", .string, "by-partition",
      "The layout of a new table: a built-in name or the path of a .json5 file."),
    ConfigKey(
      "lake.commit.interval.ms", .long, "60000", in: 10...Int64.max,
      "How often ready ranges of a topic are committed to its table."),
    ConfigKey(
      "lake.max.lag.ms", .long, "300000", in: 10...Int64.max,
      "Records older than this settle although their segment is still active."),
    ConfigKey(
      "lake.target.file.bytes", .long, "536870912", in: 1_048_576...Int64.max,
      "The size a data file is aimed at."),
    ConfigKey(
      "lake.retention.ms", .long, "-1", in: -2...Int64.max,
      "How long rows stay in the table for SQL; −1: for ever; −2: as long as retention.ms."),
    ConfigKey(
      "lake.on.topic.delete", .string, "keep", words: ["keep", "drop"],
      "What becomes of the table when its topic is deleted."),
    ConfigKey(
      "lake.max.open.partitions", .int, "32", in: 1...1024,
      "The most table partitions that are written to at once, in layouts by time; for more, the "
        + "log is read in several passes."),
    ConfigKey(
      "lake.settle.threads", .int, "1", in: 1...64, "How many ranges are encoded at once."),
    ConfigKey(
      "lake.cache.bytes", .long, "67108864", in: 1_048_576...Int64.max,
      "Memory for decoded pages of cold reads."),
    ConfigKey(
      "lake.index.cache.files", .int, "10000", in: 0...1_000_000,
      "How many data files' page indexes are kept in log.dir across restarts, up to 20 KB each."),
    ConfigKey(
      "lake.read.ahead.bytes", .long, "16777216", in: 0...Int64.max,
      "The most bytes fetched ahead of a cold consumer that moves forward."),
    ConfigKey(
      "remote.log.reader.max.pending.tasks", .int, "100", in: 1...Int64(Int32.max),
      "The most cold reads under way at once; a fetch above it is answered empty."),
    ConfigKey(
      "remote.list.offsets.request.timeout.ms", .long, "30000", in: 1...Int64(Int32.max),
      "How long a search by time waits for the lake when the client does not say (ListOffsets 10 "
        + "and later do)."),
    ConfigKey(
      "remote.fetch.max.wait.ms", .int, "500", in: 1...Int64(Int32.max), acts: false,
      "Taken; a cold fetch waits for the client's own max.wait."),
    ConfigKey(
      "lake.s3.endpoint", .string, nil,
      "The S3 endpoint, http://host:port; defaults to AWS's of the region."),
    ConfigKey(
      "lake.s3.region", .string, nil,
      "The region; defaults to AWS_REGION, then us-east-1."),
    ConfigKey(
      "lake.s3.path.style", .boolean, nil,
      "Puts the bucket in the path instead of the host name; defaults to true with an endpoint of "
        + "one's own."),
    ConfigKey(
      "lake.s3.access.key.id", .string, nil,
      "Credentials; without them the environment, then AWS's shared files are asked."),
    ConfigKey("lake.s3.secret.access.key", .password, nil, "The secret of the access key."),
    ConfigKey(
      "lake.s3.session.token", .password, nil, "The session token of temporary credentials."),
    ConfigKey(
      "lake.s3.request.timeout.ms", .long, "30000", in: 100...Int64.max,
      "A request without progress for this long has failed."),
    ConfigKey(
      "lake.s3.max.connections", .int, "16", in: 1...1024, "Requests under way at once."),
  ]

  /// What only Varve has.
  static let varve: [ConfigKey] = [
    ConfigKey(
      "varve.acks.all.sync", .boolean, "true",
      "acks=all (and OffsetCommit) answers after fdatasync. false: after the write, as in Kafka."),
    ConfigKey(
      "varve.read.synced", .boolean, "false",
      "Consumers see only what is synced: nothing read can vanish in a power cut."),
    ConfigKey(
      "varve.disk.reserve.bytes", .long, "268435456", in: 0...Int64.max,
      "Below this much free disk, producers get KAFKA_STORAGE_ERROR (retriable) and nothing else "
        + "fails. They get it too when the disk is full, and go on when there is room again."),
    ConfigKey(
      "varve.transaction.verification.bytes", .int, "67108864", in: 1...Int64(Int32.max),
      "Bytes of transactional batches that may wait for the transaction coordinator; above it "
        + "producers get NOT_ENOUGH_REPLICAS (retriable)."),
    ConfigKey(
      "varve.log.level", .string, "info", words: ["debug", "info", "warn", "error"],
      "The least serious log line that is written to standard error."),
  ]
}
