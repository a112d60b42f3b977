/// What is in force for one topic: its own settings over the broker's defaults.
///
/// Built anew when either changes; reading is plain fields.
package struct TopicConfig: Sendable, Equatable {
  package enum TimestampType: Sendable { case createTime, logAppendTime }

  package let isCompacted: Bool
  package let deletes: Bool
  /// More than this part of a compacted log must be dirty before it is cleaned.
  package let minimumDirtyRatio: Double
  package let minimumCompactionLagMilliseconds: Int64
  package let maximumCompactionLagMilliseconds: Int64
  package let deleteRetentionMilliseconds: Int64
  /// Settles into the lake.
  package let settles: Bool
  /// −1: for ever.
  package let retentionMilliseconds: Int64
  /// −1: no limit.
  package let retentionBytes: Int64
  /// −1: for ever. The −2 of the config is resolved.
  package let localRetentionMilliseconds: Int64
  /// −1: no limit. The −2 of the config is resolved.
  package let localRetentionBytes: Int64
  package let segmentBytes: Int
  package let segmentMilliseconds: Int64
  package let indexIntervalBytes: Int
  package let segmentIndexBytes: Int
  package let maxMessageBytes: Int
  package let timestampType: TimestampType
  package let timestampBeforeMaxMilliseconds: Int64
  package let timestampAfterMaxMilliseconds: Int64
  package let lakeLayout: String
  package let lakeCommitIntervalMilliseconds: Int64
  package let lakeMaxLagMilliseconds: Int64
  package let lakeTargetFileBytes: Int64
  /// −1: for ever. The −2 of the config is resolved.
  package let lakeRetentionMilliseconds: Int64

  /// - Parameters:
  ///   - overrides: the topic's own settings, already checked.
  ///   - isInternal: internal topics never settle and may only be changed by the broker.
  package init(overrides: [String: String], broker: ConfigSet, isInternal: Bool) {
    let values = TopicConfigValues(overrides: overrides, broker: broker, isInternal: isInternal)
    let policy = values.list("cleanup.policy")
    isCompacted = policy.contains("compact")
    deletes = policy.contains("delete")
    minimumDirtyRatio = values.double("min.cleanable.dirty.ratio")
    minimumCompactionLagMilliseconds = values.long("min.compaction.lag.ms")
    maximumCompactionLagMilliseconds = values.long("max.compaction.lag.ms")
    deleteRetentionMilliseconds = values.long("delete.retention.ms")
    settles = values.text("remote.storage.enable") == "true"
    retentionMilliseconds = values.long("retention.ms")
    retentionBytes = values.long("retention.bytes")
    localRetentionMilliseconds = values.long("local.retention.ms", orWhenInherited: "retention.ms")
    localRetentionBytes = values.long("local.retention.bytes", orWhenInherited: "retention.bytes")
    segmentBytes = Int(values.long("segment.bytes"))
    segmentMilliseconds = values.long("segment.ms")
    indexIntervalBytes = Int(values.long("index.interval.bytes"))
    segmentIndexBytes = Int(values.long("segment.index.bytes"))
    maxMessageBytes = Int(values.long("max.message.bytes"))
    timestampType =
      values.text("message.timestamp.type") == "LogAppendTime" ? .logAppendTime : .createTime
    timestampBeforeMaxMilliseconds = values.long("message.timestamp.before.max.ms")
    timestampAfterMaxMilliseconds = values.long("message.timestamp.after.max.ms")
    lakeLayout = values.text("lake.layout")
    lakeCommitIntervalMilliseconds = values.long("lake.commit.interval.ms")
    lakeMaxLagMilliseconds = values.long("lake.max.lag.ms")
    lakeTargetFileBytes = values.long("lake.target.file.bytes")
    lakeRetentionMilliseconds = values.long("lake.retention.ms", orWhenInherited: "retention.ms")
  }
}
