import Lake

/// The configs of one topic that say how it settles and what is kept where.
package struct TieringSettings: Sendable {
  /// `remote.storage.enable`.
  package var settles = true
  /// `lake.commit.interval.ms`.
  package var commitIntervalMilliseconds: Int64 = 60_000
  /// `lake.max.lag.ms`.
  package var maxLagMilliseconds: Int64 = 300_000
  /// `lake.target.file.bytes`.
  package var targetFileBytes: Int64 = 512 << 20
  /// `lake.max.open.partitions`.
  package var maxOpenPartitions = 32
  /// `retention.ms`; −1: for ever.
  package var retentionMilliseconds: Int64 = -1
  /// `retention.bytes`; −1: no limit.
  package var retentionBytes: Int64 = -1
  /// `local.retention.ms`; −1: for ever.
  package var localRetentionMilliseconds: Int64 = -1
  /// `local.retention.bytes`; −1: no limit.
  package var localRetentionBytes: Int64 = -1
  /// `lake.retention.ms`; −1: for ever.
  package var lakeRetentionMilliseconds: Int64 = -1
  /// Whether `cleanup.policy` lets old records go at all.
  package var deletes = true
  /// The layout that the table gets when it is made.
  package var layout = LakeLayout.byPartition

  package init() {}
}
