import Cluster

/// How compacted logs are cleaned, as the broker's configs have it.
struct CleanerSettings: Equatable, Sendable {
  /// `log.cleaner.threads`.
  var threads = 1
  /// What the map of keys of one thread takes at most: its part of
  /// `log.cleaner.dedupe.buffer.size`, of which Kafka's threads too use no more than 2 GiB each.
  var mapByteCount: Int
  /// `log.cleaner.io.buffer.load.factor`.
  var mapLoadFactor = 0.9
  /// What reading and writing take each, in one thread: of `log.cleaner.io.buffer.size` one half
  /// reads, the other writes.
  var bufferByteCount = 256 << 10
  /// `log.cleaner.io.max.bytes.per.second`, of all threads together.
  var bytesPerSecond = Double.greatestFiniteMagnitude
  /// `log.cleaner.backoff.ms`.
  var backoffMilliseconds: Int64 = 15_000

  init(mapByteCount: Int) { self.mapByteCount = mapByteCount }

  init(_ values: ConfigSet) {
    threads = values.int("log.cleaner.threads")
    mapByteCount = min(
      Int(values.long("log.cleaner.dedupe.buffer.size")) / threads, Int(Int32.max))
    mapLoadFactor = min(0.99, max(0.01, values.double("log.cleaner.io.buffer.load.factor")))
    bufferByteCount = values.int("log.cleaner.io.buffer.size") / threads / 2
    bytesPerSecond = max(1, values.double("log.cleaner.io.max.bytes.per.second"))
    backoffMilliseconds = values.long("log.cleaner.backoff.ms")
  }
}
