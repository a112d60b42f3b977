import CommitLog
import Lake
import Platform
import Records

/// Turns a range of one partition's log into Parquet, one row group at a time: the blocking half of
/// settling, run on the settle pool. Used by one task at a time.
///
/// Memory is bounded by `memoryLimit` of waiting records, one encoded row group and one chunk of
/// the log, however large the range is.
final class RangeEncoding: @unchecked Sendable {
  /// What one step gave to upload.
  enum Step: Sendable {
    /// The next bytes of a file.
    case bytes(key: String, ByteBlock)
    /// The last bytes of a file, and what the table is to know of it.
    case finished(key: String, ByteBlock, partition: [Int32?], RecordStatistics)
    /// A file is wanted: call `begin` with its key.
    case wantsFile
    /// The range is encoded up to here: its end, or less when a commit may write no more files.
    case done(Offset)
  }

  private static let chunkByteCount = 1 << 20
  /// Records that wait in all files together, in bytes.
  private static let memoryLimit = 64 << 20

  let partition: TieredPartition
  /// Where this pass began.
  private var start: Offset
  /// The range's end; lower once it is known that it must end before.
  private var end: Offset
  private let spec: PartitionSpec
  private let layout: LakeLayout
  private let targetFileBytes: Int64
  private var passes: RangePasses
  private let decompressor = Decompressor()
  private var reader: BatchReader
  private var aborts: AbortFilter
  private var chunk: UnsafeMutableRawBufferPointer
  private var chunkEnd = 0
  private var chunkPosition = 0
  private var batch: RecordIterator?
  /// A record that was read and waits for its file.
  private var pending: RecordView?
  private var pendingValues: [Int32?]
  private var files: [FileInMaking] = []
  private var spares: [RecordColumns] = []
  /// Every record below it was read, and is in a file or waits for a later pass.
  private var reached: Offset
  /// Where the next batch must begin; nil before the first.
  private var expected: Offset?
  /// Whether this pass has read all records of the range.
  private var hasEnded = false

  init(
    _ partition: TieredPartition, from start: Offset, to end: Offset, spec: PartitionSpec,
    layout: LakeLayout, targetFileBytes: Int64, maxOpenFiles: Int
  ) {
    self.partition = partition
    self.start = start
    self.end = end
    self.spec = spec
    self.layout = layout
    self.targetFileBytes = targetFileBytes
    passes = RangePasses(openLimit: spec.isByPartition ? 1 : maxOpenFiles)
    reader = partition.log.reader(from: start, to: end)
    aborts = AbortFilter(partition.log, from: start, to: end)
    chunk = .allocate(byteCount: Self.chunkByteCount, alignment: 16)
    reached = start
    pendingValues = [partition.id.rawValue]
  }

  deinit { chunk.deallocate() }

  /// Gives the file that `wantsFile` asked for.
  func begin(key: String, location: String) throws(TieringError) {
    let columns =
      spares.popLast()
      ?? RecordColumns(partition: partition.id, byteLimit: layout.rowGroupByteCount)
    do throws(LakeError) {
      files.append(
        try FileInMaking(
          key: key, location: location, partition: pendingValues, columns: columns,
          options: layout.parquetOptions))
    } catch { throw .lake(error) }
  }

  /// Goes on until there is something to upload or to ask for.
  func advance() throws(TieringError) -> Step {
    while true {
      if hasEnded { return try finishNext() }
      if spec.isByPartition, let file = files.first { fill(file.columns) }
      guard let record = try recordBeforeDamage() else {
        hasEnded = true
        continue
      }
      if let index = fileIndex {
        let file = files[index]
        guard append(record, of: batch!.header, to: file.columns) else { return try flush(file) }
        taken(record)
        if waitingByteCount > Self.memoryLimit { return try flushLargest() }
        continue
      }
      switch passes.turn(of: pendingValues, at: record.offset) {
      case .now: return .wantsFile
      case .notNow: taken(record)
      case .tooMany:
        end = reached
        hasEnded = true
      }
    }
  }

  private func taken(_ record: RecordView) {
    pending = nil
    reached = max(reached, Offset(record.offset.rawValue + 1))
  }

  /// The open file that takes the pending record.
  private var fileIndex: Int? {
    if spec.isByPartition { return files.isEmpty ? nil : 0 }
    return files.firstIndex { $0.partition == pendingValues }
  }

  private var waitingByteCount: Int {
    files.count == 1 ? 0 : files.reduce(0) { $0 + $1.columns.byteCount }
  }

  private func flushLargest() throws(TieringError) -> Step {
    try flush(files.max { $0.columns.byteCount < $1.columns.byteCount }!)
  }

  private func flush(_ file: FileInMaking) throws(TieringError) -> Step {
    do throws(LakeError) {
      let bytes = try file.flush()
      if file.byteCount < targetFileBytes { return .bytes(key: file.key, bytes) }
      files.removeAll { $0 === file }
      spares.append(file.columns)
      let last = try file.finish()
      return .finished(
        key: file.key, ByteBlock.joining([bytes, last.bytes]), partition: file.partition,
        last.statistics)
    } catch { throw .lake(error) }
  }

  /// After the last record: one step for each file's last row group, one for its end; then the next
  /// pass.
  private func finishNext() throws(TieringError) -> Step {
    guard let file = files.last else {
      guard let next = passes.begin() else { return .done(end) }
      read(from: next)
      return try advance()
    }
    do throws(LakeError) {
      if !file.columns.isEmpty { return .bytes(key: file.key, try file.flush()) }
      files.removeLast()
      let last = try file.finish()
      return .finished(key: file.key, last.bytes, partition: file.partition, last.statistics)
    } catch { throw .lake(error) }
  }

  /// Appends what is left of the open batch to the only file there is: the way of nearly all
  /// records, without what the general one asks and keeps for each. It leaves to that way the
  /// record that does not fit, and all that is outside the range or damaged.
  private func fill(_ columns: RecordColumns) {
    guard pending == nil, var rest = batch else { return }
    var next = rest
    var reached = reached
    while let record = try? next.next(), record.offset >= start, record.offset < end,
      append(record, of: rest.header, to: columns)
    {
      rest = next
      reached = Offset(record.offset.rawValue + 1)
    }
    batch = rest
    self.reached = max(self.reached, reached)
  }

  private func append(
    _ record: RecordView, of header: BatchHeader, to columns: RecordColumns
  ) -> Bool {
    guard
      columns.append(
        offset: record.offset, timestamp: record.timestamp,
        timestampType: UInt8(header.timestampType.rawValue),
        leaderEpoch: header.partitionLeaderEpoch, key: record.key, value: record.value)
    else { return false }
    if record.headers.isEmpty { return true }
    for header in record.headers { columns.appendHeader(key: header.key, value: header.value) }
    return true
  }
}

// MARK: - Reading the log

extension RangeEncoding {
  /// The next record, or nil where the range ends or the log cannot be read any further: what comes
  /// before the damage settles, and the next range, which begins at it, throws.
  private func recordBeforeDamage() throws(TieringError) -> RecordView? {
    do throws(TieringError) { return try nextRecord() } catch {
      guard error.partition != nil, passes.isFirst, reached > start else { throw error }
      end = reached
      return nil
    }
  }

  /// Begins to read the range anew, for another pass.
  private func read(from offset: Offset) {
    start = offset
    reader = partition.log.reader(from: offset, to: end)
    aborts = AbortFilter(partition.log, from: offset, to: end)
    chunkPosition = 0
    chunkEnd = 0
    batch = nil
    pending = nil
    expected = nil
    hasEnded = false
  }

  /// The next record of the range, again until it was taken; nil at the end.
  private func nextRecord() throws(TieringError) -> RecordView? {
    if let pending { return pending }
    while true {
      if batch != nil, let record = try nextInBatch() {
        pending = record
        if !spec.isByPartition { pendingValues = try values(of: record) }
        return record
      }
      guard try openBatch() else { return nil }
    }
  }

  private func nextInBatch() throws(TieringError) -> RecordView? {
    let base = batch!.header.baseOffset
    do throws(BatchError) {
      while let record = try batch!.next() {
        // What comes behind the end is not even looked at: it may be damaged.
        if record.offset >= end { return nil }
        if record.offset >= start { return record }
      }
      return nil
    } catch { throw .undecodable(partition: partition.id, offset: base, error) }
  }

  /// Moves on to the next batch of records; false at the end of the range.
  private func openBatch() throws(TieringError) -> Bool {
    while true {
      if chunkPosition == chunkEnd, try !readChunk() {
        guard expected ?? start >= end else {
          throw .missing(partition: partition.id, offset: expected ?? start)
        }
        return false
      }
      let bytes = UnsafeRawBufferPointer(rebasing: chunk[chunkPosition..<chunkEnd])
      guard let header = BatchHeader(bytes), header.byteCount <= bytes.count else {
        throw .missing(partition: partition.id, offset: reached)
      }
      let whole = UnsafeRawBufferPointer(rebasing: bytes[..<header.byteCount])
      // The disk may have changed what was checked when it came in, and what comes back from the
      // lake gets a new checksum.
      guard header.hasValidChecksum(in: whole) else {
        throw .undecodable(
          partition: partition.id, offset: header.baseOffset, BatchError(.checksumMismatch))
      }
      chunkPosition += header.byteCount
      // The checksum leaves the base offset out. Batches follow each other without a gap, for what
      // is compacted does not settle; anything else would leave records out or misplace them.
      guard expected.map({ $0 == header.baseOffset }) ?? (header.baseOffset <= start) else {
        throw .missing(partition: partition.id, offset: expected ?? start)
      }
      expected = header.nextOffset
      // Transaction markers are not records, and nobody is to see what was aborted.
      if try header.isControl ? true : isAborted(header) {
        reached = max(reached, min(header.nextOffset, end))
        continue
      }
      do throws(BatchError) {
        batch = try RecordIterator(batch: bytes, decompressor: decompressor)
        return true
      } catch { throw .undecodable(partition: partition.id, offset: header.baseOffset, error) }
    }
  }

  private func readChunk() throws(TieringError) -> Bool {
    chunkPosition = 0
    chunkEnd = 0
    while true {
      let next: BatchReader.Chunk
      do throws(StorageError) { next = try reader.read(into: chunk) } catch {
        throw unreadable(error)
      }
      switch next {
      case .batches(let byteCount):
        chunkEnd = byteCount
        return true
      case .needs(let byteCount):
        chunk.deallocate()
        chunk = .allocate(byteCount: byteCount, alignment: 16)
      case .end: return false
      case .gone: throw .missing(partition: partition.id, offset: reached)
      }
    }
  }

  private func isAborted(_ header: BatchHeader) throws(TieringError) -> Bool {
    do throws(StorageError) { return try aborts.drops(header) } catch { throw unreadable(error) }
  }

  private func unreadable(_ error: StorageError) -> TieringError {
    if case .corrupt = error { return .unreadable(partition: partition.id, error) }
    return .storage(error)
  }

  /// The partition of the table that a record belongs to.
  private func values(of record: RecordView) throws(TieringError) -> [Int32?] {
    do throws(LakeError) {
      return try spec.values(
        partition: partition.id.rawValue,
        timestampMicroseconds: limitedMicroseconds(record.timestamp))
    } catch { throw .lake(error) }
  }
}

/// A timestamp in milliseconds as its column holds it: microseconds, limited to the years 1 to
/// 9999.
func limitedMicroseconds(_ milliseconds: Int64) -> Int64 {
  min(max(milliseconds, -62_135_596_800_000), 253_402_300_799_999) * 1000
}
