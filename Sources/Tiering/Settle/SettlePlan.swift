import CommitLog
import Records

/// Decides what of one partition settles now. Pure.
struct SettlePlan {
  /// A segment as far as planning needs it.
  struct Segment {
    var endOffset: Offset
    var isActive: Bool
    var byteCount: Int64 = 0
    /// By the wall clock in milliseconds; nil while it is empty.
    var firstAppendMilliseconds: Int64?
  }

  /// The first offset that has not settled.
  let settled: Offset
  /// Nothing at or above it may settle: the last stable offset.
  let stable: Offset
  /// Nobody can ask for what lies below: it settles at once, as a range without a record.
  var logStart = Offset(0)
  let segments: [Segment]
  let maxLagMilliseconds: Int64
  /// When a range of the partition settled last, by the wall clock; what is unsettled came later.
  var lastSettledMilliseconds = Int64.min
  /// About how many bytes of the log may settle at once: at least a segment does.
  var byteLimit = Int64.max

  /// What is ready.
  struct Outcome: Equatable {
    var end: Offset
    var byteCount: Int64
    /// More is ready than `byteLimit` lets through.
    var isCut = false
  }

  /// The end of the range to settle; nil when there is nothing to settle yet.
  ///
  /// Closed segments settle whole. Of the active one, and of one in which a transaction is open,
  /// what is stable settles when its oldest record is older than `maxLagMilliseconds`.
  func end(now: Int64) -> Offset? { outcome(now: now)?.end }

  /// The range to settle, as `end` says, and how much it is.
  func outcome(now: Int64) -> Outcome? {
    let first = max(settled, logStart)
    var outcome = Outcome(end: first, byteCount: 0)
    for segment in segments where segment.endOffset > first && outcome.end < stable {
      if segment.isActive || segment.endOffset > stable {
        guard let appended = segment.firstAppendMilliseconds,
          isDue(since: max(appended, lastSettledMilliseconds), now: now)
        else { break }
      }
      if outcome.byteCount > 0, outcome.byteCount + segment.byteCount > byteLimit {
        outcome.isCut = true
        break
      }
      outcome.end = segment.endOffset
      outcome.byteCount += segment.byteCount
    }
    outcome.end = min(outcome.end, stable)
    return outcome.end > settled ? outcome : nil
  }

  /// A time ahead of `now` is one before the clock was set back: nobody knows how long ago it was.
  private func isDue(since time: Int64, now: Int64) -> Bool {
    time > now || now - time >= maxLagMilliseconds
  }
}

extension SettlePlan {
  init(
    _ log: PartitionLog, settled: Offset, settings: TieringSettings, lastSettled: Int64?
  ) {
    self.settled = settled
    lastSettledMilliseconds = lastSettled ?? .min
    stable = log.lastStableOffset
    logStart = log.logStartOffset
    maxLagMilliseconds = settings.maxLagMilliseconds
    segments = log.segments.map {
      Segment(
        endOffset: $0.endOffset, isActive: $0.isActive, byteCount: $0.byteCount,
        firstAppendMilliseconds: $0.firstAppendMilliseconds)
    }
  }
}
