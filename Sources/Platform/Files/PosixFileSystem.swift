import CLinux
import Glibc

/// The real disk.
package struct PosixFileSystem: FileSystem {
  package init() {}

  package func open(_ path: String, _ mode: OpenMode) throws(StorageError) -> any File {
    let flags: Int32 =
      switch mode {
      case .read: O_RDONLY
      case .readWrite: O_RDWR
      case .createIfMissing: O_RDWR | O_CREAT
      case .createNew: O_RDWR | O_CREAT | O_EXCL
      case .truncate: O_RDWR | O_CREAT | O_TRUNC
      }
    let descriptor = Glibc.open(path, flags | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure("open", path) }
    return PosixFile(path: path, descriptor: descriptor)
  }

  package func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  package func list(_ path: String) throws(StorageError) -> [DirectoryEntry] {
    guard let directory = opendir(path) else { throw failure("opendir", path) }
    defer { closedir(directory) }
    var entries: [DirectoryEntry] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name == "." || name == ".." { continue }
      var isDirectory = Int32(entry.pointee.d_type) == Int32(DT_DIR)
      if Int32(entry.pointee.d_type) == Int32(DT_UNKNOWN) {
        var status = stat()
        isDirectory =
          stat("\(path)/\(name)", &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
      }
      entries.append(DirectoryEntry(name: name, isDirectory: isDirectory))
    }
    return entries
  }

  package func makeDirectory(_ path: String) throws(StorageError) {
    if mkdir(path, 0o755) == 0 { return }
    switch errno {
    case EEXIST:
      var status = stat()
      if stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR { return }
      throw .failed(operation: "mkdir", path: path, errno: ENOTDIR)
    case ENOENT:
      try makeDirectory(parent(of: path))
      if mkdir(path, 0o755) != 0 && errno != EEXIST { throw failure("mkdir", path) }
    default: throw failure("mkdir", path)
    }
  }

  package func remove(_ path: String) throws(StorageError) {
    if unlink(path) != 0 && errno != ENOENT { throw failure("unlink", path) }
  }

  package func removeTree(_ path: String) throws(StorageError) {
    guard exists(path) else { return }
    for entry in try list(path) {
      let child = "\(path)/\(entry.name)"
      if entry.isDirectory { try removeTree(child) } else { try remove(child) }
    }
    if rmdir(path) != 0 && errno != ENOENT { throw failure("rmdir", path) }
  }

  package func rename(_ from: String, to: String) throws(StorageError) {
    if Glibc.rename(from, to) != 0 { throw failure("rename", from) }
  }

  package func link(_ from: String, to: String) throws(StorageError) {
    if Glibc.link(from, to) != 0 { throw failure("link", to) }
  }

  package func syncDirectory(_ path: String) throws(StorageError) {
    let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open", path) }
    defer { Glibc.close(descriptor) }
    if fsync(descriptor) != 0 { throw failure("fsync", path) }
  }

  package func space(_ path: String) throws(StorageError) -> (available: Int64, total: Int64) {
    var available: UInt64 = 0
    var total: UInt64 = 0
    if varve_disk_space(path, &available, &total) != 0 { throw failure("statvfs", path) }
    return (Int64(clamping: available), Int64(clamping: total))
  }
}

/// A failed call with the current errno.
func failure(_ operation: String, _ path: String) -> StorageError {
  .failed(operation: operation, path: path, errno: errno)
}

/// The system's words for an errno, with its number.
package func errnoText(_ value: Int32) -> String {
  var buffer = [CChar](repeating: 0, count: 128)
  guard strerror_r(value, &buffer, buffer.count) == 0 else { return "errno \(value)" }
  let text = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
  return "\(String(decoding: text, as: UTF8.self)) (errno \(value))"
}
