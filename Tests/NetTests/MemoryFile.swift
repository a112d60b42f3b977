import Platform

/// A file without a descriptor, as the simulation has them.
final class MemoryFile: File {
  let path = "memory"
  let descriptor: Int32 = -1
  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func size() throws(StorageError) -> Int64 { Int64(bytes.count) }
  func read(
    into buffer: UnsafeMutableRawBufferPointer, at position: Int64
  ) throws(StorageError) -> Int {
    let count = max(0, min(buffer.count, bytes.count - Int(position)))
    bytes.withUnsafeBytes {
      if count > 0 {
        buffer.baseAddress!.copyMemory(
          from: $0.baseAddress! + Int(position), byteCount: count)
      }
    }
    return count
  }
  func write(_ parts: [UnsafeRawBufferPointer], at position: Int64) throws(StorageError) {
    throw .failed(operation: "write", path: path, errno: 30)
  }
  func truncate(to size: Int64) throws(StorageError) {
    throw .failed(operation: "truncate", path: path, errno: 30)
  }
  func sync() throws(StorageError) {}
  func startWriteback(at position: Int64, count: Int64) {}
  func tryLock() throws(StorageError) -> Bool { true }
  func close() {}
}
