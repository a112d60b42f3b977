import Records

/// Decides which neighbouring segments become one when they are cleaned, so that a log does not
/// stay one of many small segments (Kafka's `groupSegmentsBySize`). Pure.
struct SegmentGroups {
  /// A closed segment as the grouping needs to know it.
  struct Segment: Sendable {
    var baseOffset: Offset
    var endOffset: Offset
    var byteCount: Int64
    var offsetEntryCount: Int
    var timeEntryCount: Int
  }

  /// `segment.bytes`: a group is not larger, unless one segment alone is.
  let segmentBytes: Int64
  /// `segment.index.bytes`.
  let indexBytes: Int

  /// The groups as ranges of `segments`, in order; together they are all of them.
  func ranges(of segments: [Segment]) -> [Range<Int>] {
    var groups: [Range<Int>] = []
    var first = 0
    while first < segments.count {
      var bytes = segments[first].byteCount
      var offsetEntries = segments[first].offsetEntryCount
      var timeEntries = segments[first].timeEntryCount
      var next = first + 1
      while next < segments.count {
        let segment = segments[next]
        bytes += segment.byteCount
        offsetEntries += segment.offsetEntryCount
        timeEntries += segment.timeEntryCount
        let fits =
          bytes <= segmentBytes && offsetEntries * OffsetEntry.byteCount <= indexBytes
          && timeEntries * TimeEntry.byteCount <= indexBytes
          && segment.endOffset - segments[first].baseOffset <= Int64(Int32.max)
        guard fits else { break }
        next += 1
      }
      groups.append(first..<next)
      first = next
    }
    return groups
  }
}

extension SegmentGroups.Segment {
  init(_ status: SegmentStatus) {
    self.init(
      baseOffset: status.baseOffset, endOffset: status.endOffset, byteCount: status.byteCount,
      offsetEntryCount: status.segment.offsets.count, timeEntryCount: status.segment.times.count)
  }
}
