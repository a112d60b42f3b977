import CommitLog
import Records

/// Decides which local segments may go. Pure.
struct LocalRetentionPlan {
  /// A closed segment, or the active one at the end.
  struct Segment {
    var endOffset: Offset
    var byteCount: Int64
    /// −1 when no record has a timestamp.
    var maxTimestamp: Int64
    var isActive: Bool
  }

  /// Oldest first.
  let segments: [Segment]
  /// −1: for ever.
  let retentionMilliseconds: Int64
  /// −1: no limit.
  let retentionBytes: Int64

  /// What is to be done.
  struct Outcome: Equatable {
    /// Segments that lie whole below it are past retention.
    var deleteBelow: Offset?
    /// Even the active segment is past retention: it must be closed to go.
    var closesActive = false
  }

  /// - Parameter limit: nothing that reaches above it may go (the settled offset).
  func outcome(now: Int64, limit: Offset) -> Outcome {
    var outcome = Outcome()
    var left = segments.reduce(0) { $0 + $1.byteCount }
    for segment in segments where segment.byteCount > 0 {
      guard segment.endOffset <= limit else { break }
      // As Kafka does: a segment goes by size only while what stays still reaches the limit.
      let isTooMuch = retentionBytes >= 0 && left - segment.byteCount >= retentionBytes
      let isTooOld =
        retentionMilliseconds >= 0 && segment.maxTimestamp >= 0
        && now - segment.maxTimestamp > retentionMilliseconds
      guard isTooMuch || isTooOld else { break }
      left -= segment.byteCount
      outcome.deleteBelow = segment.endOffset
      if segment.isActive { outcome.closesActive = true }
    }
    return outcome
  }
}

extension LocalRetentionPlan {
  init(_ log: PartitionLog, milliseconds: Int64, bytes: Int64) {
    segments = log.segments.map {
      Segment(
        endOffset: $0.endOffset, byteCount: $0.byteCount, maxTimestamp: $0.maxTimestamp,
        isActive: $0.isActive)
    }
    retentionMilliseconds = milliseconds
    retentionBytes = bytes
  }
}
