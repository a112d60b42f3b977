/// How a compacted log is cleaned (`cleanup.policy=compact`), under Kafka's topic configs.
package struct CompactionConfig: Sendable, Equatable {
  /// `min.cleanable.dirty.ratio`: a log is cleaned when more than this part of it is dirty.
  package var minimumDirtyRatio = 0.5
  /// `min.compaction.lag.ms`: younger records stay as they are.
  package var minimumLagMilliseconds: Int64 = 0
  /// `max.compaction.lag.ms`: older dirty records are cleaned whatever the ratio.
  package var maximumLagMilliseconds = Int64.max
  /// `delete.retention.ms`: tombstones and markers stay so long after the first cleaning that met
  /// them.
  package var deleteRetentionMilliseconds: Int64 = 86_400_000

  package init() {}
}
