import CommitLog
import Coordinators
import KafkaProtocol
import Platform
import Records

/// A piece of a partition's log as a share group sees it: which batches its members may have, and
/// where their bytes are.
struct SharePiece {
  /// Where the bytes are.
  enum Source {
    case file(FileSlice)
    case memory(ByteBlock)
  }

  /// A batch that members may have.
  private struct Place {
    let offsets: ClosedRange<Offset>
    let position: Int
    let byteCount: Int
  }

  /// Headers are read from a file so many bytes at a time.
  private static let chunkByteCount = 64 << 10

  private let source: Source
  private let from: Offset
  /// Transactions whose batches members must not see.
  private let aborted: [AbortedTransaction]
  private var places: [Place] = []
  private var end: Offset

  /// Reads the headers of the batches from `from` on, until `isEnough`, which is asked with the
  /// offsets of each batch that members may have, says that no more are wanted.
  init(
    _ source: Source, from: Offset, without aborted: [AbortedTransaction],
    until isEnough: (ClosedRange<Offset>) -> Bool
  ) throws(StorageError) {
    self.source = source
    self.from = from
    self.aborted = aborted
    end = from
    switch source {
    case .file(let slice): try read(slice, isEnough)
    case .memory(let block): read(block, isEnough)
    }
  }

  var reading: ShareReading {
    ShareReading(from: from, batches: places.map(\.offsets), end: end)
  }

  /// The bytes of all batches.
  var byteCount: Int { places.reduce(0) { $0 + $1.byteCount } }

  /// The bytes from the first batch to the last that holds something of what was acquired; with
  /// how many of them are in memory.
  func records(of acquired: [AcquiredRange]) -> (RecordPayload, coldByteCount: Int) {
    guard let first = acquired.first?.first, let last = acquired.last?.last,
      let lower = places.first(where: { $0.offsets.upperBound >= first }),
      let upper = places.last(where: { $0.offsets.lowerBound <= last })
    else { return (.empty, 0) }
    let start = lower.position
    let count = upper.position + upper.byteCount - start
    switch source {
    case .file(let slice):
      let part = OutputPart.file(
        slice.file, position: slice.position + Int64(start), count: count)
      return (.parts([part]), 0)
    case .memory(let block):
      if count == block.count { return (.bytes(block), count) }
      let bytes = UnsafeRawBufferPointer(rebasing: block.bytes[start..<start + count])
      let copy = ByteBlock(copying: bytes)
      withExtendedLifetime(block) {}
      return (.bytes(copy), count)
    }
  }

  // MARK: Headers

  private mutating func read(
    _ slice: FileSlice, _ isEnough: (ClosedRange<Offset>) -> Bool
  ) throws(StorageError) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: min(Self.chunkByteCount, slice.count), alignment: 16)
    defer { buffer.deallocate() }
    var held = 0..<0
    var position = 0
    while position + BatchHeader.headerByteCount <= slice.count {
      if !held.contains(position) || position + BatchHeader.headerByteCount > held.upperBound {
        let count = min(buffer.count, slice.count - position)
        let target = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
        let got = try slice.file.read(into: target, at: slice.position + Int64(position))
        held = position..<position + got
      }
      let bytes = buffer[(position - held.lowerBound)..<held.count]
      guard let header = BatchHeader(UnsafeRawBufferPointer(rebasing: bytes)) else { return }
      guard note(header, at: position, isEnough) else { return }
      position += header.byteCount
    }
  }

  private mutating func read(_ block: ByteBlock, _ isEnough: (ClosedRange<Offset>) -> Bool) {
    var position = 0
    while position < block.count {
      let rest = UnsafeRawBufferPointer(rebasing: block.bytes[position...])
      guard let header = BatchHeader(rest), header.byteCount <= rest.count else { break }
      guard note(header, at: position, isEnough) else { break }
      position += header.byteCount
    }
    withExtendedLifetime(block) {}
  }

  /// Takes a batch in; false when no more are wanted, or the bytes are no batch.
  private mutating func note(
    _ header: BatchHeader, at position: Int, _ isEnough: (ClosedRange<Offset>) -> Bool
  ) -> Bool {
    guard header.byteCount >= BatchHeader.headerByteCount, header.lastOffset >= header.baseOffset
    else { return false }
    end = max(end, header.lastOffset + 1)
    let isHidden = header.isControl || header.recordCount == 0 || isAborted(header)
    guard !isHidden, header.lastOffset >= from else { return true }
    let offsets = header.baseOffset...header.lastOffset
    places.append(Place(offsets: offsets, position: position, byteCount: header.byteCount))
    return !isEnough(offsets)
  }

  private func isAborted(_ header: BatchHeader) -> Bool {
    header.isTransactional
      && aborted.contains { transaction in
        transaction.producerID == header.producerID
          && transaction.firstOffset <= header.baseOffset
          && header.lastOffset < transaction.lastOffset
      }
  }
}
