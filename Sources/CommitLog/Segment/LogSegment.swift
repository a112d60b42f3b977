import Platform
import Records
import Synchronization

/// The files of one segment: batches from a base offset on, with an offset and a time index and an
/// index of aborted transactions.
///
/// It knows where things are, not how far the log goes: that is `SegmentStatus`. Thread-safe. Files
/// of closed segments are opened when they are first needed.
package final class LogSegment: Sendable {
  /// The offset that its files are named for; no record in it has a lower one.
  package let baseOffset: Offset
  let directory: String
  let offsets: IndexFile<OffsetEntry>
  let times: IndexFile<TimeEntry>
  let transactions: IndexFile<AbortedTransaction>
  private let fileSystem: any FileSystem
  private let opened: Mutex<(any File)?>

  /// The segment's files, as they are found or about to be made.
  ///
  /// - Parameter suffix: What follows the names of the index files; `file` must be given then.
  init(
    _ fileSystem: any FileSystem, directory: String, baseOffset: Offset, file: (any File)? = nil,
    offsetCount: Int = 0, lastOffsetEntry: OffsetEntry? = nil, timeCount: Int = 0,
    lastTimeEntry: TimeEntry? = nil, aborts: (count: Int, last: AbortedTransaction?) = (0, nil),
    suffix: String = ""
  ) {
    self.fileSystem = fileSystem
    self.directory = directory
    self.baseOffset = baseOffset
    offsets = IndexFile(
      fileSystem, path: SegmentFile.offsetIndex.path(in: directory, base: baseOffset) + suffix,
      count: offsetCount, last: lastOffsetEntry)
    times = IndexFile(
      fileSystem, path: SegmentFile.timeIndex.path(in: directory, base: baseOffset) + suffix,
      count: timeCount, last: lastTimeEntry)
    transactions = IndexFile(
      fileSystem, path: SegmentFile.transactionIndex.path(in: directory, base: baseOffset) + suffix,
      count: aborts.count, last: aborts.last)
    opened = Mutex(file)
  }

  /// Makes a new segment's file, which must not exist.
  static func create(
    _ fileSystem: any FileSystem, directory: String, baseOffset: Offset
  ) throws(StorageError) -> LogSegment {
    let file = try fileSystem.open(
      SegmentFile.log.path(in: directory, base: baseOffset), .createNew)
    return LogSegment(fileSystem, directory: directory, baseOffset: baseOffset, file: file)
  }

  var path: String { SegmentFile.log.path(in: directory, base: baseOffset) }

  /// The file of batches.
  func file() throws(StorageError) -> any File {
    try opened.withLock { (opened) throws(StorageError) -> any File in
      if let opened { return opened }
      let file = try fileSystem.open(path, .readWrite)
      opened = file
      return file
    }
  }

  /// Where the first batch begins whose last offset is at or above `offset`, and its header; nil
  /// when there is none before `end` (a position).
  func find(
    _ offset: Offset, below end: Int64
  ) throws(StorageError) -> (position: Int64, header: BatchHeader)? {
    let entry = try offsets.floor { self.baseOffset + Int64($0.relativeOffset) <= offset }
    var scanner = SegmentScanner(
      try file(), from: Int64(entry?.position ?? 0), to: end, chunkBytes: 4096)
    while let (header, position) = try scanner.expectBatch() {
      if header.lastOffset >= offset { return (position, header) }
    }
    return nil
  }

  /// The end of the last whole batch at or below `limit`, going forward from `start`, where a batch
  /// begins; and the base offset of the batch that begins there. `start` itself when the first
  /// batch is larger.
  func boundary(
    atOrBelow limit: Int64, from start: Int64, end: Int64
  ) throws(StorageError) -> (position: Int64, next: BatchHeader)? {
    let entry = try offsets.floor { Int64($0.position) <= limit }
    var scanner = SegmentScanner(
      try file(), from: max(start, Int64(entry?.position ?? 0)), to: end, chunkBytes: 4096)
    while let (header, position) = try scanner.expectBatch() {
      if position + Int64(header.byteCount) > limit { return (position, header) }
    }
    return nil
  }

  /// Where the first batch with records begins at or after `position`, where a batch begins; nil
  /// when there is none before `end`.
  func firstWithRecords(from position: Int64, below end: Int64) throws(StorageError) -> Int64? {
    var scanner = SegmentScanner(try file(), from: position, to: end, chunkBytes: 4096)
    while let (header, position) = try scanner.expectBatch() {
      if header.recordCount > 0 { return position }
    }
    return nil
  }

  /// Opens the files and keeps them open as long as this object lives: another segment is about to
  /// take their names.
  func hold() throws(StorageError) {
    _ = try file()
    try offsets.hold()
    try times.hold()
    try transactions.hold()
  }

  /// Writes out the index entries that wait in memory and makes everything about this closed
  /// segment durable. Call once it grows no more.
  func seal() throws(StorageError) {
    try file().sync()
    try offsets.sync()
    try times.sync()
    try transactions.sync()
    try offsets.release()
    try times.release()
    try transactions.release()
  }
}
