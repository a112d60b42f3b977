/// The configs of a broker, under Kafka's own names where Kafka has one.
package enum BrokerKeys {
  /// Every config that `server.properties` may hold.
  package static let all: [ConfigKey] =
    identity + network + connections + quotas + telemetry + topics + logs + groups
    + consumerGroups + shareGroups + shares + transactions + cleaner + lake + varve + accepted

  static let identity: [ConfigKey] = [
    ConfigKey(
      "node.id", .int, "1", in: 0...Int64(Int32.max),
      "The id that clients see for this broker. `broker.id` is the same config's older name."),
    ConfigKey("broker.id", .int, nil, in: -1...Int64(Int32.max), "The older name of node.id."),
    ConfigKey("broker.rack", .string, nil, "The rack that clients see for this broker."),
    ConfigKey(
      "listeners", .list, "PLAINTEXT://127.0.0.1:9092",
      "Where to listen: PLAINTEXT://host:port, comma-separated. An empty host is all addresses."),
    ConfigKey(
      "advertised.listeners", .list, nil,
      "What clients are told to connect to; defaults to listeners."),
    ConfigKey(
      "log.dirs", .list, nil,
      "The directory of the local log. One broker at a time may use it. Defaults to log.dir."),
    ConfigKey(
      "log.dir", .string, "data", "The directory of the local log when log.dirs is not set."),
  ]

  static let network: [ConfigKey] = [
    ConfigKey(
      "num.network.threads", .int, nil, in: 1...64,
      "How many event loops serve connections; defaults to the cores up to 2, then half of them, "
        + "at most 16."),
    ConfigKey(
      "background.threads", .int, "4", in: 1...256,
      "How many threads do what blocks: fdatasync, cold local reads, segment rolls."),
    ConfigKey(
      "socket.request.max.bytes", .int, "104857600", in: 1024...Int64(Int32.max),
      "The largest request in bytes; a larger one closes its connection."),
    ConfigKey(
      "socket.listen.backlog.size", .int, "1024", in: 1...65535,
      "How many connections may wait to be accepted. Kafka's 50 lets a burst of clients time out."),
    ConfigKey(
      "connections.max.idle.ms", .long, "600000", in: -1...Int64.max,
      "A connection without a request for this long is closed; −1 keeps it."),
    ConfigKey(
      "fetch.max.bytes", .int, "57671680", in: 1024...Int64(Int32.max),
      "The most bytes one Fetch answers with, whatever the client asks for."),
    ConfigKey(
      "varve.fetch.max.cold.bytes", .int, "8388608", in: 1024...Int64(Int32.max),
      "The most bytes from the lake that one Fetch answers with; they are in memory until a slow "
        + "client has taken them."),
    ConfigKey(
      "varve.fetch.max.partitions", .int, "100000", in: 1...1_000_000,
      "The most partitions one Fetch may name; one with more gets INVALID_REQUEST."),
    ConfigKey(
      "varve.fetch.waiting.partitions", .int, "500000", in: 0...Int64(Int32.max),
      "How many partitions all waiting fetches without a session may name, at about 250 bytes "
        + "each; above it fetches are answered at once."),
    ConfigKey(
      "max.incremental.fetch.session.cache.slots", .int, "1000", in: 0...100_000,
      "How many fetch sessions are kept; fetches above it are answered without one."),
    ConfigKey(
      "varve.fetch.session.cache.partitions", .int, "200000", in: 0...Int64(Int32.max),
      "How many partitions all fetch sessions remember together, at about 150 bytes each; a fetch "
        + "above it is answered without a session."),
  ]

  static let topics: [ConfigKey] = [
    ConfigKey(
      "num.partitions", .int, "1", in: 1...10000,
      "Partitions of a topic made without a number."),
    ConfigKey(
      "default.replication.factor", .int, "1", in: 1...3,
      "Taken for MSK's files: one broker keeps one copy (see varve.single.node.replication)."),
    ConfigKey(
      "auto.create.topics.enable", .boolean, "true",
      "Makes a topic when a client asks for its metadata and allows it."),
    ConfigKey("delete.topic.enable", .boolean, "true", "Allows DeleteTopics."),
    ConfigKey(
      "max.request.partition.size.limit", .int, "2000", in: 1...Int64(Int32.max),
      "The most partitions one DescribeTopicPartitions answers with."),
    ConfigKey(
      "message.max.bytes", .int, "1048588", in: 0...Int64(Int32.max),
      "The largest record batch in bytes (topics: max.message.bytes)."),
    ConfigKey(
      "compression.type", .string, "producer",
      words: ["producer", "uncompressed", "gzip", "snappy", "lz4", "zstd"], acts: false,
      "Taken; batches keep the producer's codec."),
    ConfigKey(
      "min.insync.replicas", .int, "1", in: 1...Int64(Int32.max),
      "Taken for MSK's files; one broker is always in sync with itself."),
    ConfigKey(
      "varve.single.node.replication", .string, "accept", words: ["accept", "refuse"],
      "accept: replication factors up to 3 are taken with one warning; refuse: above 1 is an error."
    ),
  ]

  static let groups: [ConfigKey] = [
    ConfigKey(
      "offsets.topic.num.partitions", .int, "50", in: 1...10000,
      "Partitions of __consumer_offsets; fixed once the topic exists."),
    ConfigKey(
      "offsets.topic.segment.bytes", .int, "104857600", in: 1_048_576...Int64(Int32.max),
      "Segment size of __consumer_offsets."),
    ConfigKey(
      "offset.metadata.max.bytes", .int, "4096", in: 0...1_048_576,
      "The largest metadata string of a committed offset."),
    ConfigKey(
      "offsets.retention.minutes", .int, "10080", in: 1...Int64(Int32.max),
      "Committed offsets of an empty group expire after this long."),
    ConfigKey(
      "offsets.retention.check.interval.ms", .long, "600000", in: 1000...Int64.max,
      "How often offsets are checked for expiry."),
    ConfigKey(
      "group.initial.rebalance.delay.ms", .int, "3000", in: 0...Int64(Int32.max),
      "How long the first rebalance of an empty group waits for more members."),
    ConfigKey(
      "group.min.session.timeout.ms", .int, "6000", in: 1...Int64(Int32.max),
      "The shortest session timeout a group member may ask for."),
    ConfigKey(
      "group.max.session.timeout.ms", .int, "1800000", in: 1...Int64(Int32.max),
      "The longest session timeout a group member may ask for."),
    ConfigKey(
      "group.max.size", .int, "2147483647", in: 1...Int64(Int32.max),
      "The most members of one group."),
  ]
}
