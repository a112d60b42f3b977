import Platform
import Records

/// What a read of the local log found.
package enum LogRead: Sendable {
  /// Whole batches; the first holds the asked offset or is the first after it.
  case slice(FileSlice)
  /// There is nothing between the asked offset and the limit now, or the first batch is larger than
  /// asked for.
  case empty
  /// The offset lies below the local log: in the cold tier, or gone.
  case beforeLocalStart
  /// The offset lies above the end of the log.
  case beyondEnd
}

/// A run of whole batches in a segment's file. It keeps the file open, and so readable, also after
/// the segment has been deleted.
package struct FileSlice: Sendable {
  package let file: any File
  /// In bytes from the start of the file.
  package let position: Int64
  package let count: Int
  /// All its batches lie below it, and those at or above it are not in it.
  package let endOffset: Offset

  /// The form in which an answer takes it to the socket.
  package var part: OutputPart { .file(file, position: position, count: count) }

  /// Whether it can be sent without waiting for the disk.
  package var isResident: Bool { file.isResident(at: position, count: Int64(count)) }

  /// Reads the bytes; for small reads and tests, sendfile is cheaper.
  package func read() throws(StorageError) -> ByteBlock {
    try readBlock(of: file, at: position, count: count)
  }
}

/// Reads exactly `count` bytes; a file that ends before is damaged.
func readBlock(of file: any File, at position: Int64, count: Int) throws(StorageError) -> ByteBlock
{
  let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, count), alignment: 16)
  let block = ByteBlock(adopting: memory.baseAddress!, count: count)
  let got = try file.read(
    into: UnsafeMutableRawBufferPointer(rebasing: memory[..<count]), at: position)
  if got < count {
    throw .corrupt(file: file.path, position: position + Int64(got), reason: "it ends too early")
  }
  return block
}
