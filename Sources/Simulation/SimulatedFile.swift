import Platform
import Synchronization

/// An open file on a simulated disk.
final class SimulatedFile: File, @unchecked Sendable {
  // @unchecked: `node`, `isOpen` and `hasLock` are touched under the file system's lock only.
  let path: String
  private let node: SimulatedNode
  private let fileSystem: SimulatedFileSystem
  private let generation: Int
  private var isOpen = true
  private var hasLock = false

  init(
    _ path: String, _ node: SimulatedNode, _ fileSystem: SimulatedFileSystem, _ generation: Int
  ) {
    self.path = path
    self.node = node
    self.fileSystem = fileSystem
    self.generation = generation
  }

  deinit { close() }

  var descriptor: Int32 { -1 }

  func close() {
    fileSystem.disk.withLock { disk in
      if hasLock && disk.generation == generation { node.isLocked = false }
      hasLock = false
      isOpen = false
    }
  }

  func size() throws(StorageError) -> Int64 {
    try access("fstat") { (_) throws(StorageError) in Int64(node.bytes.count) }
  }

  func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int64) throws(StorageError)
    -> Int
  {
    let start = Int(position)
    return try access("pread") { (_) throws(StorageError) in
      guard start < node.bytes.count else { return 0 }
      let count = min(buffer.count, node.bytes.count - start)
      node.bytes.withUnsafeBytes {
        buffer.copyBytes(from: UnsafeRawBufferPointer(rebasing: $0[start..<start + count]))
      }
      return count
    }
  }

  func write(_ parts: [UnsafeRawBufferPointer], at position: Int64) throws(StorageError) {
    var bytes: [UInt8] = []
    for part in parts { bytes.append(contentsOf: part) }
    let write = SimulatedNode.Write.bytes(bytes, position: Int(position))
    try change("pwritev", write)
  }

  func truncate(to size: Int64) throws(StorageError) {
    try change("ftruncate", .truncate(Int(size)))
  }

  func sync() throws(StorageError) {
    try access("fdatasync") { (disk) throws(StorageError) in
      try disk.effect("fdatasync", path)
      node.sync()
    } onFailure: {
      node.failSync()
    }
  }

  func startWriteback(at position: Int64, count: Int64) {}

  func tryLock() throws(StorageError) -> Bool {
    try access("flock") { (_) throws(StorageError) in
      if node.isLocked { return hasLock }
      node.isLocked = true
      hasLock = true
      return true
    }
  }

  private func change(
    _ operation: String, _ write: SimulatedNode.Write
  ) throws(StorageError) {
    try access(operation) { (disk) throws(StorageError) in
      do throws(StorageError) {
        try disk.effect(operation, path)
      } catch {
        node.interrupt(write)
        throw error
      }
      if case .bytes(let bytes, let position) = write {
        let room = disk.room(for: bytes.count, at: position, of: node)
        if room < bytes.count {
          if room > 0 { node.apply(.bytes(Array(bytes[..<room]), position: position)) }
          throw Errno.noSpace.error(operation, path)
        }
      }
      node.apply(write)
    }
  }

  private func access<T: Sendable>(
    _ operation: String, _ body: (inout SimulatedFileSystem.Disk) throws(StorageError) -> T,
    onFailure: () -> Void = {}
  ) throws(StorageError) -> T {
    try fileSystem.disk.withLock { (disk) throws(StorageError) -> T in
      precondition(isOpen, "\(path) is used after close")
      if disk.isDown || disk.generation != generation {
        throw Errno.ioError.error(operation, path)
      }
      if let errno = disk.failures.removeValue(forKey: operation) {
        onFailure()
        throw .failed(operation: operation, path: path, errno: errno)
      }
      return try body(&disk)
    }
  }
}
