import Platform
import Records

/// What readers see of a log; guarded by `PartitionLog.view`, which nobody holds while waiting for
/// the disk.
struct LogView: Sendable {
  /// Ascending, never empty; the last is the active one.
  var segments: [SegmentStatus]
  /// The active segment's latest batches.
  var tail = TailIndex()
  var cursors = ReadCursors()
  /// The first offset that a consumer may ask for, in whichever tier it lies.
  var logStartOffset: Offset
  /// Everything below is durable.
  var syncedOffset: Offset
  var epochs: LeaderEpochCache
  /// By first offset.
  var transactions: [OpenTransaction]
  /// Where the last cleaning ended; nil when there was none.
  var cleanedOffset: Offset?
  /// Whether cleanings may have left batches without records.
  var hasEmptyBatches = false
  /// Whether the leader epochs' file holds them.
  var areEpochsSaved = true

  init(
    segments: [SegmentStatus], logStartOffset: Offset, syncedOffset: Offset,
    epochs: LeaderEpochCache, transactions: [OpenTransaction]
  ) {
    self.segments = segments
    self.logStartOffset = logStartOffset
    self.syncedOffset = syncedOffset
    self.epochs = epochs
    self.transactions = transactions
  }

  var endOffset: Offset { segments[segments.count - 1].endOffset }

  /// What a start after a crash may take for durable without a look, indexes included.
  ///
  /// A segment that has been synced to its end and closed since has indexes that are not: the point
  /// stays below its end, so that they are made anew.
  var recoveryPoint: Offset {
    var point = syncedOffset
    for segment in segments.dropLast().reversed() {
      if segment.isSealed { break }
      point = min(point, Offset(segment.endOffset.rawValue - 1))
    }
    return point
  }

  /// Whether a closed segment is not durable with its indexes. They are sealed from the oldest on.
  var hasUnsealed: Bool { segments.count > 1 && !segments[segments.count - 2].isSealed }

  /// The first offset that can be read from the local log.
  var localStartOffset: Offset { max(segments[0].baseOffset, min(logStartOffset, endOffset)) }

  /// The index of the segment that holds `offset` or would; nil below the first.
  func segmentIndex(of offset: Offset) -> Int? {
    if segments[segments.count - 1].baseOffset <= offset { return segments.count - 1 }
    var low = 0
    var high = segments.count
    while low < high {
      let middle = (low + high) / 2
      if segments[middle].baseOffset <= offset { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? nil : low - 1
  }

  /// Replaces what is known of a segment by what `change` makes of it, if it is still there.
  mutating func update(_ base: Offset, _ change: (inout SegmentStatus) -> Void) {
    guard let index = segmentIndex(of: base), segments[index].baseOffset == base else { return }
    change(&segments[index])
  }
}
