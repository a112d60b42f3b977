import Platform
import Records

/// What only the one who appends needs to know; guarded by `PartitionLog.writer`.
struct LogWriter: Sendable {
  /// The active segment, with everything that has been appended.
  var active: SegmentStatus
  var file: any File
  var config: LogConfig
  var producers = ProducerState()
  /// The epoch of the latest batch.
  var epoch: LeaderEpoch?
  /// Up to here write-back has been started.
  var writebackPosition: Int64 = 0
  /// No more appends: closed, or deleted.
  var isClosed = false

  init(active: SegmentStatus, file: any File, config: LogConfig) {
    self.active = active
    self.file = file
    self.config = config
  }

  /// Where the next batch goes, in bytes from the start of the active segment's file.
  var position: Int64 { active.byteCount }
  var endOffset: Offset { active.endOffset }

  /// Whether the batch must go to a new segment (Kafka's `LogSegment.shouldRoll`).
  ///
  /// - Parameter pendingEntries: How many index entries are still to be added.
  func mustRoll(for header: BatchHeader, now: Int64, pendingEntries: Int) -> Bool {
    guard active.byteCount > 0 else { return false }
    return active.byteCount + Int64(header.byteCount) > config.segmentBytes
      || isOverdue(timestamp: header.maxTimestamp, now: now) || isIndexFull(pendingEntries)
      || !fitsRelative(header)
  }

  /// Whether the active segment has been waiting for `segment.ms` by the wall clock.
  func isOverdue(now: Int64) -> Bool {
    guard active.byteCount > 0, let first = active.firstAppendMilliseconds else { return false }
    return now - first >= config.segmentMilliseconds
  }

  /// Kafka measures by the batches' own timestamps, by the wall clock only where they have none.
  private func isOverdue(timestamp: Int64, now: Int64) -> Bool {
    if let first = active.firstTimestamp, first >= 0 {
      return timestamp.subtractingReportingOverflow(first).partialValue
        > config.segmentMilliseconds
    }
    return isOverdue(now: now)
  }

  private func isIndexFull(_ pending: Int) -> Bool {
    active.segment.offsets.count + pending >= config.indexBytes / OffsetEntry.byteCount
      || active.segment.times.count + pending >= config.indexBytes / TimeEntry.byteCount - 1
  }

  /// Relative offsets and positions are 32 bits in the indexes.
  private func fitsRelative(_ header: BatchHeader) -> Bool {
    let last = endOffset.rawValue + Int64(header.lastOffsetDelta)
    return last - active.baseOffset.rawValue <= Int64(Int32.max)
      && active.byteCount <= Int64(Int32.max)
  }
}
