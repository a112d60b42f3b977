import Records

/// What of a log is dirty and may be cleaned now (Kafka's `LogCleanerManager`). Pure.
struct CleaningPlan: Sendable, Equatable {
  /// A segment as the plan needs to know it.
  struct Segment: Sendable {
    var baseOffset: Offset
    var endOffset: Offset
    var byteCount: Int64
    /// The first batch's timestamp, in milliseconds; nil while it has none.
    var firstTimestamp: Int64?
    /// −1 when there is none.
    var maxTimestamp: Int64
    var isActive: Bool
  }

  /// Everything from here on has not been cleaned.
  let start: Offset
  /// Where a segment begins: nothing from here on may be cleaned now.
  let end: Offset
  let cleanBytes: Int64
  let dirtyBytes: Int64
  /// Whether something dirty is older than `max.compaction.lag.ms`.
  let isOverdue: Bool

  /// The part of what could be rewritten that is dirty.
  var dirtyRatio: Double {
    dirtyBytes == 0 ? 0 : Double(dirtyBytes) / Double(cleanBytes + dirtyBytes)
  }

  /// Whether the log is worth cleaning.
  func isDue(_ config: CompactionConfig) -> Bool {
    dirtyBytes > 0 && (isOverdue || dirtyRatio > config.minimumDirtyRatio)
  }

  /// - Parameters:
  ///   - segments: All of them, oldest first.
  ///   - cleanedOffset: Where the last cleaning ended; nil when there was none.
  ///   - stableOffset: No transaction is open below it.
  init(
    _ segments: [Segment], logStart: Offset, cleanedOffset: Offset?, stableOffset: Offset,
    config: CompactionConfig, now: Int64
  ) {
    let logEnd = segments.last?.endOffset ?? logStart
    var start = max(cleanedOffset ?? logStart, logStart)
    // The log has been truncated, or begun anew, since the offset was noted.
    if start > logEnd { start = logStart }
    let closed = segments.filter { !$0.isActive }
    var end = start
    for segment in closed where segment.endOffset > start {
      let isOld =
        config.minimumLagMilliseconds == 0
        || segment.maxTimestamp <= now - config.minimumLagMilliseconds
      // Only whole segments are cleaned: an open transaction keeps back the one it begins in.
      guard isOld, segment.endOffset <= stableOffset else { break }
      end = segment.endOffset
    }
    let dirty = closed.filter { $0.endOffset > start && $0.endOffset <= end }
    let oldest = dirty.compactMap(\.firstTimestamp).filter { $0 > 0 }.min()
    self.start = start
    self.end = end
    cleanBytes = closed.reduce(0) { $0 + ($1.endOffset <= start ? $1.byteCount : 0) }
    dirtyBytes = dirty.reduce(0) { $0 + $1.byteCount }
    isOverdue = oldest.map { now - $0 > config.maximumLagMilliseconds } ?? false
  }
}

extension CleaningPlan.Segment {
  init(_ status: SegmentStatus) {
    self.init(
      baseOffset: status.baseOffset, endOffset: status.endOffset, byteCount: status.byteCount,
      firstTimestamp: status.firstTimestamp, maxTimestamp: status.maxTimestamp,
      isActive: status.isActive)
  }
}
