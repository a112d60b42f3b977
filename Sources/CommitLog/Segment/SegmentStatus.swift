import Platform
import Records

/// How far one segment goes: the part of a segment's description that changes while it is written.
package struct SegmentStatus: Sendable {
  package let segment: LogSegment
  /// Only the last segment of a log is; all others never change again.
  package internal(set) var isActive: Bool
  package internal(set) var byteCount: Int64 = 0
  /// The offset after its last record, or after the gap that follows it.
  package internal(set) var endOffset: Offset
  /// The first batch's max timestamp, in milliseconds; nil while it has none.
  package internal(set) var firstTimestamp: Int64?
  /// The youngest timestamp; −1 while there is none.
  package internal(set) var maxTimestamp: Int64 = -1
  /// The last offset of the first batch that has `maxTimestamp`.
  package internal(set) var maxTimestampOffset: Offset
  /// By the wall clock, when its first batch came; after a restart the first timestamp stands in
  /// for it, if that lies in the past.
  package internal(set) var firstAppendMilliseconds: Int64?
  /// How many transactions are aborted in it, by their markers.
  var abortCount = 0
  /// Whether its index of aborted transactions must be made anew; only while a log is opened.
  var needsTransactionIndex = false
  /// Whether the directory entry of its file is durable.
  var isFileDurable: Bool
  /// Whether it is closed and everything about it is durable.
  var isSealed: Bool
  /// Bytes of batches after the one that the last index entry names, that one included.
  var bytesSinceIndexEntry = 0

  init(
    _ segment: LogSegment, isActive: Bool = true, isFileDurable: Bool = false,
    isSealed: Bool = false
  ) {
    self.segment = segment
    self.isActive = isActive
    self.isFileDurable = isFileDurable
    self.isSealed = isSealed
    endOffset = segment.baseOffset
    abortCount = segment.transactions.count
    maxTimestampOffset = segment.baseOffset
  }

  package var baseOffset: Offset { segment.baseOffset }

  /// Takes the batch at the end of the segment into account.
  mutating func add(_ header: BatchHeader) {
    byteCount += Int64(header.byteCount)
    bytesSinceIndexEntry += header.byteCount
    endOffset = header.nextOffset
    if firstTimestamp == nil { firstTimestamp = header.maxTimestamp }
    if header.maxTimestamp > maxTimestamp {
      maxTimestamp = header.maxTimestamp
      maxTimestampOffset = header.lastOffset
    }
  }

  /// The same; gives the index entries that are due when enough bytes lie since the last ones.
  mutating func addIndexed(_ header: BatchHeader, indexInterval: Int) -> IndexPoint? {
    let position = byteCount
    let isDue = bytesSinceIndexEntry > indexInterval
    if isDue { bytesSinceIndexEntry = 0 }
    add(header)
    guard isDue else { return nil }
    let relativeOffset = Int32(header.lastOffset - baseOffset)
    return IndexPoint(
      offset: OffsetEntry(relativeOffset: relativeOffset, position: Int32(position)),
      time: timeEntry)
  }

  /// The same, with the index entries that are due.
  mutating func add(_ header: BatchHeader, indexInterval: Int) throws(StorageError) {
    if let point = addIndexed(header, indexInterval: indexInterval) { try segment.add(point) }
  }

  /// Adds the youngest timestamp so far to the time index, unless it stands there already.
  func addTimeEntry() throws(StorageError) {
    if let timeEntry { try segment.add(timeEntry) }
  }

  /// The youngest timestamp so far; nil when there is none.
  private var timeEntry: TimeEntry? {
    guard maxTimestamp >= 0 else { return nil }
    return TimeEntry(
      timestamp: maxTimestamp, relativeOffset: Int32(maxTimestampOffset - baseOffset))
  }
}

/// Where a batch lies, and how young the segment's records are up to it.
struct IndexPoint {
  let offset: OffsetEntry
  let time: TimeEntry?
}

extension LogSegment {
  /// Adds entries to the offset and the time index.
  func add(_ point: IndexPoint) throws(StorageError) {
    try offsets.append(point.offset)
    if let time = point.time { try add(time) }
  }

  /// Adds an entry to the time index, unless one as young stands there already.
  func add(_ entry: TimeEntry) throws(StorageError) {
    if entry.timestamp > times.last?.timestamp ?? -1 { try times.append(entry) }
  }
}
