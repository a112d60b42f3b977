import Platform
import Records

/// Reads the batches of closed segments whole, front to back, and verifies their checksums: a
/// damaged batch must not get a good one by being rewritten.
///
/// One buffer serves all segments of a cleaning; it grows for a batch that is larger. Belongs to
/// one thread at a time.
final class CleaningReader {
  private let resources: CleanerResources
  private var memory: UnsafeMutableRawBufferPointer
  private var file: (any File)?
  private var end: Int64 = 0
  /// Where the next batch begins.
  private var position: Int64 = 0
  /// What of the file is in memory.
  private var held: Range<Int64> = 0..<0

  init(_ resources: CleanerResources) {
    self.resources = resources
    memory = .allocate(byteCount: max(4096, resources.bufferByteCount), alignment: 16)
  }

  deinit { memory.deallocate() }

  /// Begins with a segment.
  func begin(_ status: SegmentStatus) throws(StorageError) {
    file = try status.segment.file()
    end = status.byteCount
    position = 0
    held = 0..<0
  }

  /// Whether the last batch of the segment has been read.
  var isAtEnd: Bool { position == end }

  /// The next batch, valid until the next call; nil at the end of the segment.
  func next() throws(StorageError) -> (header: BatchHeader, bytes: UnsafeRawBufferPointer)? {
    guard position < end, let file else { return nil }
    var header = BatchHeader(unchecked: try bytes(BatchHeader.headerByteCount, file).baseAddress!)
    if let flaw = SegmentScanner.flaw(of: header, bytesLeft: end - position) {
      throw damaged(file, flaw)
    }
    let batch = try bytes(header.byteCount, file)
    header = BatchHeader(unchecked: batch.baseAddress!)
    guard header.hasValidChecksum(in: batch) else {
      throw damaged(file, "the batch's checksum is wrong")
    }
    position += Int64(header.byteCount)
    return (header, batch)
  }

  /// So many bytes from `position` on.
  private func bytes(_ count: Int, _ file: any File) throws(StorageError) -> UnsafeRawBufferPointer
  {
    guard position + Int64(count) <= end else {
      throw damaged(file, "the file ends inside a batch")
    }
    if position < held.lowerBound || position + Int64(count) > held.upperBound {
      if count > memory.count {
        memory.deallocate()
        memory = .allocate(byteCount: count, alignment: 16)
      }
      let wanted = Int(min(Int64(memory.count), end - position))
      let got = try file.read(
        into: UnsafeMutableRawBufferPointer(rebasing: memory[..<wanted]), at: position)
      held = position..<position + Int64(got)
      guard got >= count else { throw damaged(file, "the file is shorter than it was") }
      try resources.spend(got, on: file.path)
    }
    let start = Int(position - held.lowerBound)
    return UnsafeRawBufferPointer(rebasing: memory[start..<start + count])
  }

  /// What a batch that does not decode is, read last.
  func undecodable(_ header: BatchHeader, _ error: BatchError) -> StorageError {
    .corrupt(
      file: file?.path ?? "", position: position - Int64(header.byteCount),
      reason: "the batch does not decode: \(error)")
  }

  private func damaged(_ file: any File, _ reason: String) -> StorageError {
    .corrupt(file: file.path, position: position, reason: reason)
  }
}
