import Platform
import Records

/// Reads the batches of an offset range in large pieces through the caller's buffer: for settling,
/// which looks at every record and must not take memory by the size of a segment.
///
/// Belongs to one thread at a time. It needs the segments to stay: deletion must wait for settling
/// anyway.
package struct BatchReader {
  package enum Chunk: Equatable, Sendable {
    /// So many bytes at the front of the buffer are whole batches. The first may begin below the
    /// range, the last may end above it.
    case batches(byteCount: Int)
    /// The next batch is larger than the buffer; read again with at least so many bytes.
    case needs(byteCount: Int)
    /// There is nothing left in the range.
    case end
    /// The local log begins above the next offset.
    case gone
  }

  private let log: PartitionLog
  private let end: Offset
  private var next: Offset
  /// What is left of the slice that the last lookup gave.
  private var slice: FileSlice?
  private var position = 0

  fileprivate init(_ log: PartitionLog, from start: Offset, to end: Offset) {
    self.log = log
    self.end = end
    next = start
  }

  /// Fills the front of `buffer` with whole batches; blocks on the disk.
  package mutating func read(
    into buffer: UnsafeMutableRawBufferPointer
  ) throws(StorageError) -> Chunk {
    guard buffer.count >= BatchHeader.headerByteCount else {
      return .needs(byteCount: BatchHeader.headerByteCount)
    }
    if slice == nil || position >= slice!.count {
      guard next < end else { return .end }
      // The offset of the end need not be where a batch begins, so it is not given as the limit.
      switch try log.read(from: next, maxBytes: Int(Int32.max)) {
      case .slice(let found):
        slice = found
        position = 0
      case .empty, .beyondEnd: return .end
      case .beforeLocalStart: return .gone
      }
    }
    return try fill(buffer, from: slice!)
  }

  private mutating func fill(
    _ buffer: UnsafeMutableRawBufferPointer, from slice: FileSlice
  ) throws(StorageError) -> Chunk {
    let wanted = min(buffer.count, slice.count - position)
    let got = try slice.file.read(
      into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]),
      at: slice.position + Int64(position))
    let bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<got])
    var taken = 0
    while let header = BatchHeader(UnsafeRawBufferPointer(rebasing: bytes[taken...])) {
      guard header.byteCount >= BatchHeader.headerByteCount else { break }
      if next >= end || header.baseOffset >= end {
        next = end
        position = slice.count
        return taken > 0 ? .batches(byteCount: taken) : .end
      }
      guard taken + header.byteCount <= got else {
        if taken > 0 { break }
        // A length that reaches over the end of the slice is damaged: no buffer is large enough.
        if got < wanted || header.byteCount > slice.count - position { break }
        return .needs(byteCount: header.byteCount)
      }
      taken += header.byteCount
      next = max(next, header.nextOffset)
    }
    guard taken > 0 else {
      throw .corrupt(
        file: slice.file.path, position: slice.position + Int64(position),
        reason: "no whole batch where one was")
    }
    position += taken
    return .batches(byteCount: taken)
  }
}

extension PartitionLog {
  /// Reads the batches with offsets in `start..<end`.
  package func reader(from start: Offset, to end: Offset) -> BatchReader {
    BatchReader(self, from: start, to: end)
  }
}
