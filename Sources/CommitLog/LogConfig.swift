/// The settings of one partition's log, under Kafka's topic configs where those exist.
package struct LogConfig: Sendable, Equatable {
  /// `segment.bytes`: a batch that would make the active segment larger starts a new one.
  package var segmentBytes: Int64 = 1 << 30
  /// `segment.ms`.
  package var segmentMilliseconds: Int64 = 7 * 86_400_000
  /// `index.interval.bytes`: about so many bytes of batches lie between two index entries.
  package var indexIntervalBytes = 4096
  /// `segment.index.bytes`: a segment whose index has reached this size is closed.
  package var indexBytes = 10 << 20
  /// `producer.id.expiration.ms`.
  package var producerExpirationMilliseconds: Int64 = 86_400_000
  /// `varve.producer.ids.per.partition`: beyond it the producers idle for longest are forgotten.
  package var producerLimit = 65_536
  /// How the log is cleaned; nil when its topic is not compacted.
  package var compaction: CompactionConfig?
  /// Write-back to the disk is started each time so many bytes have been appended, so that a later
  /// fdatasync finds little left to do.
  package var writebackBytes: Int64 = 16 << 20

  package init() {}
}
