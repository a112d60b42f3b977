import Platform
import Records

/// Rebuilds what a log knows of its producers and their transactions: from a snapshot and the
/// batches after it. Makes the indexes of aborted transactions anew where that is needed.
struct ProducerLoader {
  private let fileSystem: any FileSystem
  private let directory: String
  private let config: LogConfig
  private let now: Int64
  private let decompressor = Decompressor()

  init(_ loader: LogLoader) {
    fileSystem = loader.fileSystem
    directory = loader.directory
    config = loader.config
    now = loader.now
  }

  /// - Parameter snapshots: The offsets of the snapshots on disk.
  func load(
    _ loaded: inout LogLoader.Loaded, _ snapshots: [Offset]
  ) throws(StorageError) {
    let start = try takeSnapshot(&loaded, snapshots)
    try replay(&loaded, from: max(start ?? Offset(0), loaded.segments[0].baseOffset))
    loaded.producers.expire(now: now, expiration: config.producerExpirationMilliseconds)
  }

  /// Takes the newest good snapshot that lies before everything that must be replayed, and removes
  /// those that are of no use.
  private func takeSnapshot(
    _ loaded: inout LogLoader.Loaded, _ snapshots: [Offset]
  ) throws(StorageError) -> Offset? {
    let bases = Set(loaded.segments.map(\.baseOffset))
    // The index of a segment takes the producers as they were at the segment's start.
    let newest =
      loaded.segments.first { $0.needsTransactionIndex }?.baseOffset ?? loaded.endOffset
    var taken: Offset?
    for offset in snapshots.sorted(by: >) {
      let path = SegmentFile.snapshot.path(in: directory, base: offset)
      // It may have gone with its segment.
      guard fileSystem.exists(path) else { continue }
      var isOfUse = bases.contains(offset)
      if taken == nil {
        let bytes = try fileSystem.readAll(path)
        let state = bytes.withUnsafeBytes { ProducerSnapshot.decode($0) }
        // One of a lost end, or a torn one.
        if state == nil || offset > loaded.endOffset { isOfUse = false }
        if let state, offset <= newest {
          loaded.producers = state
          taken = offset
          continue
        }
      }
      // What an earlier clean stop left belongs to no segment's start.
      if !isOfUse { try fileSystem.remove(path) }
    }
    return taken
  }

  private func replay(
    _ loaded: inout LogLoader.Loaded, from: Offset
  ) throws(StorageError) {
    for index in loaded.segments.indices where loaded.segments[index].endOffset > from {
      let status = loaded.segments[index]
      if status.baseOffset > from { try writeSnapshot(loaded.producers, at: status.baseOffset) }
      let aborted = try replay(status, from: from, &loaded.producers)
      guard status.needsTransactionIndex else { continue }
      try status.segment.transactions.replaceAll(aborted)
      loaded.segments[index].abortCount = aborted.count
      loaded.segments[index].needsTransactionIndex = false
    }
    _ = loaded.producers.takeChangedTransactions()
  }

  /// Writes the snapshot of a segment's start, if there is none: the segment may one day be the
  /// first.
  private func writeSnapshot(_ producers: ProducerState, at base: Offset) throws(StorageError) {
    let path = SegmentFile.snapshot.path(in: directory, base: base)
    guard !fileSystem.exists(path) else { return }
    try fileSystem.replace(path, with: ProducerSnapshot.encode(producers).array)
  }

  /// Takes the batches of one segment into account; gives the transactions aborted in it.
  private func replay(
    _ status: SegmentStatus, from: Offset, _ producers: inout ProducerState
  ) throws(StorageError) -> [AbortedTransaction] {
    var position: Int64 = 0
    if from > status.baseOffset {
      position = try status.segment.find(from, below: status.byteCount)?.position ?? 0
    }
    var aborted: [AbortedTransaction] = []
    let file = try status.segment.file()
    var scanner = SegmentScanner(
      file, from: position, to: status.byteCount, chunkBytes: 64 << 10)
    while let (header, position) = try scanner.expectBatch() {
      guard header.hasProducerID, header.baseOffset >= from else { continue }
      if !header.isControl {
        producers.record(header, now: now, limit: config.producerLimit)
      } else if let marker = try marker(header, in: file, at: position) {
        let ended = producers.end(
          marker, at: header.baseOffset, timestamp: header.maxTimestamp, now: now,
          limit: config.producerLimit)
        if let ended { aborted.append(ended) }
      }
    }
    return aborted
  }

  private func marker(
    _ header: BatchHeader, in file: any File, at position: Int64
  ) throws(StorageError) -> TransactionMarker? {
    let block = try readBlock(of: file, at: position, count: header.byteCount)
    defer { withExtendedLifetime(block) {} }
    do throws(BatchError) {
      return try TransactionMarker(block.bytes, decompressor: decompressor)
    } catch {
      throw .corrupt(
        file: file.path, position: position, reason: "the control batch does not decode: \(error)")
    }
  }
}
