import ObjectStore
import Platform

/// A disk whose every change is an effect of a `CrashPlan`, shared with the object store: after the
/// crash nothing reaches it any more.
struct CrashingFileSystem: FileSystem {
  let base: any FileSystem
  let plan: CrashPlan

  func open(_ path: String, _ mode: OpenMode) throws(StorageError) -> any File {
    let changes = mode == .truncate || mode == .createNew || !base.exists(path)
    if !changes { return CrashingFile(base: try base.open(path, mode), plan: plan) }
    let file = try plan.effect("open", path) { () throws(StorageError) in
      try base.open(path, mode)
    }
    return CrashingFile(base: file, plan: plan)
  }

  func exists(_ path: String) -> Bool { base.exists(path) }

  func list(_ path: String) throws(StorageError) -> [DirectoryEntry] { try base.list(path) }

  func makeDirectory(_ path: String) throws(StorageError) {
    if base.exists(path) { return }
    try plan.effect("mkdir", path) { () throws(StorageError) in try base.makeDirectory(path) }
  }

  func remove(_ path: String) throws(StorageError) {
    try plan.effect("unlink", path) { () throws(StorageError) in try base.remove(path) }
  }

  func removeTree(_ path: String) throws(StorageError) {
    try plan.effect("rmtree", path) { () throws(StorageError) in try base.removeTree(path) }
  }

  func rename(_ from: String, to: String) throws(StorageError) {
    try plan.effect("rename", from) { () throws(StorageError) in try base.rename(from, to: to) }
  }

  func link(_ from: String, to: String) throws(StorageError) {
    try plan.effect("link", to) { () throws(StorageError) in try base.link(from, to: to) }
  }

  func syncDirectory(_ path: String) throws(StorageError) {
    try plan.effect("fsync", path) { () throws(StorageError) in try base.syncDirectory(path) }
  }

  func space(_ path: String) throws(StorageError) -> (available: Int64, total: Int64) {
    try base.space(path)
  }
}

/// A file of a `CrashingFileSystem`.
final class CrashingFile: File {
  let base: any File
  private let plan: CrashPlan

  init(base: any File, plan: CrashPlan) {
    self.base = base
    self.plan = plan
  }

  var path: String { base.path }
  var descriptor: Int32 { base.descriptor }
  func size() throws(StorageError) -> Int64 { try base.size() }

  func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int64) throws(StorageError)
    -> Int
  { try base.read(into: buffer, at: position) }

  func write(_ parts: [UnsafeRawBufferPointer], at position: Int64) throws(StorageError) {
    try plan.effect("pwritev", path) { () throws(StorageError) in
      try base.write(parts, at: position)
    }
  }

  func truncate(to size: Int64) throws(StorageError) {
    try plan.effect("ftruncate", path) { () throws(StorageError) in try base.truncate(to: size) }
  }

  func sync() throws(StorageError) {
    try plan.effect("fdatasync", path) { () throws(StorageError) in try base.sync() }
  }

  func startWriteback(at position: Int64, count: Int64) {}
  func tryLock() throws(StorageError) -> Bool { try base.tryLock() }
  func close() { base.close() }
}

extension CrashPlan {
  /// Performs a change of the disk unless the process is dead, or dies before it.
  func effect<T>(
    _ operation: String, _ path: String, _ body: () throws(StorageError) -> T
  ) throws(StorageError) -> T {
    // 5 is EIO; nobody is left to read it.
    let dead = StorageError.failed(operation: operation, path: path, errno: 5)
    guard let index = begin("\(operation) \(path)") else { throw dead }
    let result = try body()
    guard end(index) else { throw dead }
    return result
  }
}
