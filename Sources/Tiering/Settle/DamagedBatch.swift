import CommitLog
import Platform
import Records

/// A batch of the local log that cannot be decoded, with its bytes as they are.
struct DamagedBatch: Sendable {
  let bytes: ByteBlock
  /// One past the last offset that it stands for.
  let end: Offset

  /// Reads the batch that holds `start`; blocks.
  ///
  /// Its length and last offset may be what is damaged. They are believed only when the next batch
  /// begins just where they say, or the range ends there.
  ///
  /// - Returns: nil when nobody can tell where the batch ends.
  static func read(
    _ log: PartitionLog, at start: Offset, below end: Offset
  ) throws(StorageError) -> DamagedBatch? {
    var reader = log.reader(from: start, to: end)
    var bytes: ByteBlock?
    var promised = end
    while let chunk = try next(&reader) {
      guard let header = BatchHeader(chunk.bytes), header.byteCount <= chunk.count else {
        return nil
      }
      if let bytes {
        return header.baseOffset == promised ? DamagedBatch(bytes: bytes, end: promised) : nil
      }
      promised = header.nextOffset
      guard promised > start, promised <= end else { return nil }
      let rest = UnsafeRawBufferPointer(rebasing: chunk.bytes[header.byteCount...])
      bytes = ByteBlock(
        copying: UnsafeRawBufferPointer(rebasing: chunk.bytes[..<header.byteCount]))
      if let follower = BatchHeader(rest), follower.baseOffset != promised { return nil }
      if !rest.isEmpty { break }
    }
    guard let bytes else { return nil }
    return DamagedBatch(bytes: bytes, end: promised)
  }

  /// The next whole batches, at least one; nil at the end.
  private static func next(_ reader: inout BatchReader) throws(StorageError) -> ByteBlock? {
    var wanted = 64 << 10
    while true {
      var outcome = BatchReader.Chunk.end
      let block = try ByteBlock.filled(count: wanted) { (buffer) throws(StorageError) in
        outcome = try reader.read(into: buffer)
        if case .batches(let byteCount) = outcome { return byteCount }
        return 0
      }
      switch outcome {
      case .batches: return block
      case .needs(let byteCount): wanted = byteCount
      case .end, .gone: return nil
      }
    }
  }
}
