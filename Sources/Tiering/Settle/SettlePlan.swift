import CommitLog
import Records

/// Decides what of one partition settles now. Pure.
struct SettlePlan {
  /// A segment as far as planning needs it.
  struct Segment {
    var endOffset: Offset
    var isActive: Bool
    /// By the wall clock in milliseconds; nil while it is empty.
    var firstAppendMilliseconds: Int64?
  }

  /// The first offset that has not settled.
  let settled: Offset
  /// Nothing at or above it may settle: the last stable offset.
  let stable: Offset
  let segments: [Segment]
  let maxLagMilliseconds: Int64
  /// When a range of the partition settled last, by the wall clock; what is unsettled came later.
  var lastSettledMilliseconds = Int64.min

  /// The end of the range to settle; nil when there is nothing to settle yet.
  ///
  /// Closed segments settle whole. Of the active one, what is stable settles when its oldest record
  /// is older than `maxLagMilliseconds`.
  func end(now: Int64) -> Offset? {
    var end = settled
    for segment in segments where segment.endOffset > settled {
      if !segment.isActive {
        end = segment.endOffset
      } else if let first = segment.firstAppendMilliseconds,
        now - max(first, lastSettledMilliseconds) >= maxLagMilliseconds
      {
        end = segment.endOffset
      }
    }
    end = min(end, stable)
    return end > settled ? end : nil
  }
}

extension SettlePlan {
  init(
    _ log: PartitionLog, settled: Offset, settings: TieringSettings, lastSettled: Int64?
  ) {
    self.settled = settled
    lastSettledMilliseconds = lastSettled ?? .min
    stable = log.lastStableOffset
    maxLagMilliseconds = settings.maxLagMilliseconds
    segments = log.segments.map {
      Segment(
        endOffset: $0.endOffset, isActive: $0.isActive,
        firstAppendMilliseconds: $0.firstAppendMilliseconds)
    }
  }
}
