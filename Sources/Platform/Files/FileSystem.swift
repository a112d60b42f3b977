/// How `FileSystem.open` opens a file.
package enum OpenMode: Sendable {
  /// Must exist.
  case read
  /// Must exist.
  case readWrite
  /// Made when missing, kept when there.
  case createIfMissing
  /// Must not exist (O_EXCL).
  case createNew
  /// Made when missing, emptied when there.
  case truncate
}

/// One name in a directory.
package struct DirectoryEntry: Sendable, Equatable {
  package let name: String
  package let isDirectory: Bool
  package init(name: String, isDirectory: Bool) {
    self.name = name
    self.isDirectory = isDirectory
  }
}

/// The one way to the local disk: every call that touches it goes through here, so that a test can
/// make any of them fail and the simulation can lose what was not synced.
///
/// Paths are absolute or relative to the process. All calls block.
package protocol FileSystem: Sendable {
  func open(_ path: String, _ mode: OpenMode) throws(StorageError) -> any File
  func exists(_ path: String) -> Bool
  /// Names in the directory, in no order, without `.` and `..`.
  func list(_ path: String) throws(StorageError) -> [DirectoryEntry]
  /// Makes the directory and its missing parents.
  func makeDirectory(_ path: String) throws(StorageError)
  /// Removes a file; a missing one is not an error.
  func remove(_ path: String) throws(StorageError)
  /// Removes a directory and all below it; a missing one is not an error.
  func removeTree(_ path: String) throws(StorageError)
  func rename(_ from: String, to: String) throws(StorageError)
  /// Gives a file a second name; EEXIST when `to` exists (link(2)): an atomic create.
  func link(_ from: String, to: String) throws(StorageError)
  /// Makes renames, creations and removals in the directory durable (fsync of the directory).
  func syncDirectory(_ path: String) throws(StorageError)
  /// Free and total bytes of the disk that holds `path`.
  func space(_ path: String) throws(StorageError) -> (available: Int64, total: Int64)
}

/// An open file. Positioned reads and writes only; safe to use from several threads.
package protocol File: AnyObject, Sendable {
  var path: String { get }
  /// The descriptor, for sendfile and cachestat; −1 where there is none (simulated files).
  var descriptor: Int32 { get }
  func size() throws(StorageError) -> Int64
  /// Reads up to `buffer.count` bytes at `position`; fewer only at the end of the file.
  func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int64) throws(StorageError)
    -> Int
  /// Writes all parts, one after the other, starting at `position`.
  func write(_ parts: [UnsafeRawBufferPointer], at position: Int64) throws(StorageError)
  /// Writes as `write` does, without leaving the bytes in the page cache where the file system
  /// knows how: for what nobody reads again soon.
  func writeUncached(_ parts: [UnsafeRawBufferPointer], at position: Int64) throws(StorageError)
  func truncate(to size: Int64) throws(StorageError)
  /// fdatasync: the bytes and the size are durable when it returns. After a failure nothing is
  /// known about them, and calling again does not make it true.
  func sync() throws(StorageError)
  /// Starts write-back of the range without waiting; a hint.
  func startWriteback(at position: Int64, count: Int64)
  /// Whether every page of the range is in memory, so that reading it does not wait for the disk;
  /// true where nobody can tell.
  func isResident(at position: Int64, count: Int64) -> Bool
  /// Takes an exclusive advisory lock; false when another process has it.
  func tryLock() throws(StorageError) -> Bool
  /// Closes the descriptor; the file must not be used afterwards. Also happens with the last
  /// reference.
  func close()
}

extension File {
  /// Through whatever cache there is.
  package func writeUncached(_ parts: [UnsafeRawBufferPointer], at position: Int64)
    throws(StorageError)
  { try write(parts, at: position) }

  /// Nobody can tell.
  package func isResident(at position: Int64, count: Int64) -> Bool { true }
}

extension FileSystem {
  /// The whole file.
  package func readAll(_ path: String) throws(StorageError) -> [UInt8] {
    let file = try open(path, .read)
    defer { file.close() }
    let count = Int(try file.size())
    var result = [UInt8](repeating: 0, count: count)
    var failure: StorageError?
    var got = 0
    result.withUnsafeMutableBytes { buffer in
      do throws(StorageError) { got = try file.read(into: buffer, at: 0) } catch { failure = error }
    }
    if let failure { throw failure }
    if got < count { result.removeLast(count - got) }
    return result
  }

  /// Makes the directory and its missing parents so that a crash does not take them away again.
  package func makeDirectoryDurably(_ path: String) throws(StorageError) {
    if exists(path) { return try makeDirectory(path) }
    let above = parent(of: path)
    if above != path { try makeDirectoryDurably(above) }
    try makeDirectory(path)
    try syncDirectory(above)
  }

  /// Replaces `path` by `bytes` so that after a crash the old or the new content is there, whole:
  /// temporary file, fdatasync, rename, fsync of the directory.
  package func replace(_ path: String, with bytes: [UInt8]) throws(StorageError) {
    let temporary = path + ".tmp"
    try writeAndSync(temporary, bytes)
    try rename(temporary, to: path)
    try syncDirectory(parent(of: path))
  }

  private func writeAndSync(_ path: String, _ bytes: [UInt8]) throws(StorageError) {
    let file = try open(path, .truncate)
    defer { file.close() }
    var failure: StorageError?
    bytes.withUnsafeBytes { buffer in
      do throws(StorageError) { try file.write([buffer], at: 0) } catch { failure = error }
    }
    if let failure { throw failure }
    try file.sync()
  }
}

/// The directory part of a path; `.` when there is none.
package func parent(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}
