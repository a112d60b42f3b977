extension BrokerKeys {
  /// How compacted logs are cleaned.
  static let cleaner: [ConfigKey] = [
    ConfigKey(
      "log.cleaner.enable", .boolean, "true",
      "Cleans compacted topics. Without it they, __consumer_offsets among them, only grow. Read at "
        + "start only."),
    ConfigKey(
      "log.cleaner.threads", .int, "1", in: 1...64,
      "How many logs are cleaned at once. While the broker runs it can be halved or doubled at "
        + "most in one step, as in Kafka. Cleanings under way begin anew when it or what bounds "
        + "them is changed."),
    ConfigKey(
      "log.cleaner.dedupe.buffer.size", .long, "134217728", in: 1_048_576...Int64.max,
      "What the maps of keys take at most, all threads together: 24 bytes a key; at least 1 MiB "
        + "for each thread, of which each uses 2 GiB at most. A log with more keys is cleaned in "
        + "several passes."),
    ConfigKey(
      "log.cleaner.io.buffer.size", .int, "524288", in: 8192...Int64(Int32.max),
      "What reading and writing take, all threads together; more while a batch is larger."),
    ConfigKey(
      "log.cleaner.io.buffer.load.factor", .double, "0.9",
      "How full the map of keys may get, above 0 and below 1."),
    ConfigKey(
      "log.cleaner.io.max.bytes.per.second", .double, "1.7976931348623157E308",
      "The most bytes that cleaning reads and writes in a second, all threads together."),
    ConfigKey(
      "log.cleaner.backoff.ms", .long, "15000", in: 1...Int64.max,
      "How long a thread waits when no log is dirty enough."),
    ConfigKey(
      "log.cleaner.min.cleanable.ratio", .double, "0.5",
      "A log is cleaned when more than this part of it is dirty "
        + "(topics: min.cleanable.dirty.ratio)."),
    ConfigKey(
      "log.cleaner.min.compaction.lag.ms", .long, "0", in: 0...Int64.max,
      "Younger records stay as they are (topics: min.compaction.lag.ms)."),
    ConfigKey(
      "log.cleaner.max.compaction.lag.ms", .long, "9223372036854775807", in: 1...Int64.max,
      "Older dirty records are cleaned whatever the ratio (topics: max.compaction.lag.ms)."),
    ConfigKey(
      "log.cleaner.delete.retention.ms", .long, "86400000", in: 0...Int64.max,
      "How long tombstones and transaction markers stay after the first cleaning that met them "
        + "(topics: delete.retention.ms)."),
  ]
}

extension BrokerKeys {
  /// Why logs cannot be cleaned with these values, in words; nil when they can.
  static func cleanerProblem(_ values: ConfigSet) -> String? {
    let threads = values.long("log.cleaner.threads")
    let least = threads << 20
    if values.long("log.cleaner.dedupe.buffer.size") >= least { return nil }
    return "log.cleaner.dedupe.buffer.size must be at least \(least): "
      + "1048576 for each of the log.cleaner.threads"
  }

  /// The same for a change while the broker runs.
  static func cleanerProblem(from old: ConfigSet, to new: ConfigSet) -> String? {
    let (before, after) = (old.long("log.cleaner.threads"), new.long("log.cleaner.threads"))
    if after < before / 2 {
      return "log.cleaner.threads cannot be set below half of the \(before) that run"
    }
    if after > before * 2 {
      return "log.cleaner.threads cannot be set above double the \(before) that run"
    }
    return cleanerProblem(new)
  }
}
