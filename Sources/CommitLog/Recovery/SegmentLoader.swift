import Platform
import Records

/// Opens one segment that was found on disk.
struct SegmentLoader {
  let fileSystem: any FileSystem
  let directory: String
  let base: Offset
  let config: LogConfig
  let now: Int64

  init(_ loader: LogLoader, _ base: Offset) {
    fileSystem = loader.fileSystem
    directory = loader.directory
    config = loader.config
    now = loader.now
    self.base = base
  }

  /// What recovery found in a segment.
  struct Recovered {
    var status: SegmentStatus
    /// The first offset of each leader epoch in it.
    var epochs: [LeaderEpochCache.Entry] = []
    var cutBytes: Int64 = 0
    var isCut = false
  }

  /// Opens a segment whose batches were durable, by its indexes if they are good.
  ///
  /// - Parameters:
  ///   - end: The next segment's base offset; nil for the last one.
  ///   - isSealed: Whether the indexes were durable too. If not they are made anew, and what a full
  ///     disk has left of a batch that was taken back is cut off.
  func trusted(end: Offset?, isSealed: Bool = true) throws(StorageError) -> SegmentStatus {
    let file = try fileSystem.open(
      SegmentFile.log.path(in: directory, base: base), .readWrite)
    let size = try file.size()
    var first: BatchHeader?
    if size > 0 {
      var scanner = SegmentScanner(file, from: 0, to: size, chunkBytes: 4096)
      first = try scanner.expectBatch()?.header
    }
    var status: SegmentStatus?
    if isSealed, let first,
      let segment = try indexed(file, first, size: size, isLast: end == nil)
    {
      status = try quickly(segment, first, file, size, end)
    }
    var result: SegmentStatus
    if let status {
      result = status
    } else {
      let rebuilt = try rebuild(file, size, verifyingFrom: nil, below: isSealed ? nil : end)
      if rebuilt.isCut, !isSealed, rebuilt.status.endOffset == end {
        try file.truncate(to: rebuilt.status.byteCount)
      } else if rebuilt.isCut {
        throw .corrupt(
          file: file.path, position: rebuilt.status.byteCount,
          reason: "a segment that was durable holds no batch here")
      }
      result = rebuilt.status
      try result.addTimeEntry()
      if end != nil { try result.segment.seal() }
    }
    if let end { result.endOffset = end }
    result.isFileDurable = true
    result.isSealed = end != nil
    result.needsTransactionIndex = try aborts() == nil
    setFirstAppend(&result)
    return result
  }

  /// Verifies the segment's batches from the recovery point on, cuts off what follows the last
  /// whole one, and makes its indexes anew.
  func recover(from recoveryPoint: Offset) throws(StorageError) -> Recovered {
    let file = try fileSystem.open(
      SegmentFile.log.path(in: directory, base: base), .readWrite)
    let size = try file.size()
    var found = try rebuild(file, size, verifyingFrom: recoveryPoint)
    if found.isCut && found.status.endOffset >= recoveryPoint {
      found.cutBytes = size - found.status.byteCount
      try file.truncate(to: found.status.byteCount)
      try file.sync()
    }
    found.status.needsTransactionIndex = true
    setFirstAppend(&found.status)
    return found
  }

  /// The wall clock's time of the first append is not kept; the first timestamp stands in for it.
  private func setFirstAppend(_ status: inout SegmentStatus) {
    guard let first = status.firstTimestamp else { return }
    status.firstAppendMilliseconds = first >= 0 ? min(first, now) : now
  }

  /// Walks all batches, up to `end` at most, and writes the indexes anew; checksums are verified
  /// from `point` on (not at all for nil).
  private func rebuild(
    _ file: any File, _ size: Int64, verifyingFrom point: Offset?, below end: Offset? = nil
  ) throws(StorageError) -> Recovered {
    let segment = LogSegment(
      fileSystem, directory: directory, baseOffset: base, file: file,
      aborts: point == nil ? try aborts() ?? (0, nil) : (0, nil))
    try segment.offsets.reset()
    try segment.times.reset()
    var found = Recovered(status: SegmentStatus(segment))
    var scanner = SegmentScanner(
      file, from: 0, to: size, chunkBytes: point == nil ? 64 << 10 : 1 << 20)
    while true {
      if let point, found.status.endOffset >= point { scanner.verifiesFrom = 0 }
      guard case .batch(let header, _) = try scanner.next() else { break }
      // Offsets only go up, and fit the indexes.
      if header.baseOffset < found.status.endOffset
        || header.baseOffset >= end ?? Offset(.max) || header.lastOffset - base > Int64(Int32.max)
      {
        break
      }
      if header.partitionLeaderEpoch != found.epochs.last?.epoch {
        found.epochs.append(
          LeaderEpochCache.Entry(
            epoch: header.partitionLeaderEpoch, startOffset: header.baseOffset))
      }
      try found.status.add(header, indexInterval: config.indexIntervalBytes)
    }
    found.isCut = found.status.byteCount < size
    return found
  }

  /// The segment with its indexes as they are on disk; nil when they are missing or bad.
  private func indexed(
    _ file: any File, _ first: BatchHeader, size: Int64, isLast: Bool
  ) throws(StorageError) -> LogSegment? {
    let offsets = try lastEntry(OffsetEntry.self, .offsetIndex)
    let times = try lastEntry(TimeEntry.self, .timeIndex)
    guard let offsets, let times else { return nil }
    if let last = offsets.last {
      if last.position <= 0 || Int64(last.position) >= size || last.relativeOffset < 0 {
        return nil
      }
    } else if size > Int64(1 << 20) {
      // Only a few very large batches need no entry; looking at them again is cheap.
      return nil
    }
    if let last = times.last {
      if last.timestamp < 0 || last.relativeOffset < 0 { return nil }
    } else if first.maxTimestamp >= 0 && !isLast {
      return nil
    }
    return LogSegment(
      fileSystem, directory: directory, baseOffset: base, file: isLast ? file : nil,
      offsetCount: offsets.count, lastOffsetEntry: offsets.last, timeCount: times.count,
      lastTimeEntry: times.last, aborts: try aborts() ?? (0, nil))
  }

  /// The index of aborted transactions as it is on disk; nil when it is bad. Where there is no file
  /// there are no aborted transactions.
  private func aborts() throws(StorageError) -> (count: Int, last: AbortedTransaction?)? {
    guard fileSystem.exists(SegmentFile.transactionIndex.path(in: directory, base: base)) else {
      return (0, nil)
    }
    let found = try lastEntry(AbortedTransaction.self, .transactionIndex)
    return found?.last?.isPlausible(inSegmentAt: base) == false ? nil : found
  }

  private func lastEntry<Entry: IndexEntry>(
    _ type: Entry.Type, _ kind: SegmentFile
  ) throws(StorageError) -> (count: Int, last: Entry?)? {
    let path = kind.path(in: directory, base: base)
    guard fileSystem.exists(path) else { return nil }
    let file = try fileSystem.open(path, .read)
    let size = Int(try file.size())
    guard size % Entry.byteCount == 0 else { return nil }
    if size == 0 { return (0, nil) }
    let block = try readBlock(
      of: file, at: Int64(size - Entry.byteCount), count: Entry.byteCount)
    defer { withExtendedLifetime(block) {} }
    return (size / Entry.byteCount, Entry(block.bytes.baseAddress!))
  }

  /// The status by the indexes' last entries, and for the last segment by the batches after them;
  /// nil when the indexes turn out to be wrong.
  private func quickly(
    _ segment: LogSegment, _ first: BatchHeader, _ file: any File, _ size: Int64, _ end: Offset?
  ) throws(StorageError) -> SegmentStatus? {
    var status = SegmentStatus(segment)
    status.firstTimestamp = first.maxTimestamp
    if let last = segment.times.last {
      status.maxTimestamp = last.timestamp
      status.maxTimestampOffset = base + Int64(last.relativeOffset)
    }
    if end != nil {
      status.byteCount = size
      return status
    }
    let position = Int64(segment.offsets.last?.position ?? 0)
    status.byteCount = position
    var scanner = SegmentScanner(file, from: position, to: size, chunkBytes: 4096)
    while true {
      switch try scanner.next() {
      case .batch(let header, _): status.add(header)
      case .end: return status
      case .damaged: return nil
      }
    }
  }
}
