import Platform
import Records

/// Walks the batches of a segment's file front to back, reading it in chunks.
///
/// It believes nothing: a batch is given only when its header makes sense and it lies whole before
/// the end. With `verifies` its checksum is right too.
struct SegmentScanner {
  enum Step {
    case batch(BatchHeader, position: Int64)
    case end
    /// From here on the file holds no batches.
    case damaged(position: Int64, reason: String)
  }

  let file: any File
  /// Where the next batch should begin.
  private(set) var position: Int64
  let end: Int64
  /// Batches at or above this position have their checksum verified.
  var verifiesFrom = Int64.max
  private let chunk: ByteChunk

  /// `from` must be where a batch begins.
  init(_ file: any File, from position: Int64, to end: Int64, chunkBytes: Int) {
    self.file = file
    self.position = position
    self.end = end
    chunk = ByteChunk(max(chunkBytes, 4096))
  }

  /// The next batch.
  mutating func next() throws(StorageError) -> Step {
    let left = end - position
    if left <= 0 { return .end }
    guard left >= Int64(BatchHeader.headerByteCount) else {
      return .damaged(position: position, reason: "the file ends inside a batch header")
    }
    guard let bytes = try chunk.bytes(BatchHeader.headerByteCount, of: file, at: position, end)
    else { return .damaged(position: position, reason: "the file is shorter than it was") }
    let header = BatchHeader(unchecked: bytes.baseAddress!)
    if let reason = SegmentScanner.flaw(of: header, bytesLeft: left) {
      return .damaged(position: position, reason: reason)
    }
    if position >= verifiesFrom {
      guard try checksum(of: header) == header.crc else {
        return .damaged(position: position, reason: "the batch's checksum is wrong")
      }
    }
    defer { position += Int64(header.byteCount) }
    return .batch(header, position: position)
  }

  /// The next batch, where damage is not expected: it throws.
  mutating func expectBatch() throws(StorageError) -> (header: BatchHeader, position: Int64)? {
    switch try next() {
    case .batch(let header, let position): return (header, position)
    case .end: return nil
    case .damaged(let position, let reason):
      throw .corrupt(file: file.path, position: position, reason: reason)
    }
  }

  /// What is wrong with a header; nil when it makes sense.
  static func flaw(of header: BatchHeader, bytesLeft: Int64) -> String? {
    if header.magic != BatchHeader.currentMagic { return "the batch has magic \(header.magic)" }
    if header.length < Int32(BatchHeader.headerByteCount - BatchHeader.lengthOverhead) {
      return "the batch has length \(header.length)"
    }
    if Int64(header.byteCount) > bytesLeft { return "the file ends inside a batch" }
    if header.baseOffset.rawValue < 0 || header.lastOffsetDelta < 0 {
      return "the batch has negative offsets"
    }
    return nil
  }

  /// The checksum of the batch at `position`, read chunk by chunk.
  private mutating func checksum(of header: BatchHeader) throws(StorageError) -> UInt32? {
    var at = position + Int64(BatchHeader.Position.attributes)
    let stop = position + Int64(header.byteCount)
    var sum: UInt32 = 0
    while at < stop {
      let count = min(Int(stop - at), chunk.capacity)
      guard let bytes = try chunk.bytes(count, of: file, at: at, end) else { return nil }
      sum = CRC32C.extend(sum, with: bytes)
      at += Int64(count)
    }
    return sum
  }
}

/// A window on a file.
private final class ByteChunk {
  private let memory: UnsafeMutableRawBufferPointer
  private var start: Int64 = 0
  private var count = 0

  init(_ capacity: Int) { memory = .allocate(byteCount: capacity, alignment: 16) }

  deinit { memory.deallocate() }

  var capacity: Int { memory.count }

  /// `wanted` bytes (at most `capacity`) at `position`, with one read when the window does not hold
  /// them; nil when the file is too short. Valid until the next call.
  func bytes(
    _ wanted: Int, of file: any File, at position: Int64, _ end: Int64
  ) throws(StorageError) -> UnsafeRawBufferPointer? {
    if position < start || position + Int64(wanted) > start + Int64(count) {
      let most = Int(min(Int64(memory.count), end - position))
      start = position
      count = try file.read(
        into: UnsafeMutableRawBufferPointer(rebasing: memory[..<most]), at: position)
      if count < wanted { return nil }
    }
    let from = Int(position - start)
    return UnsafeRawBufferPointer(rebasing: memory[from..<from + wanted])
  }
}
