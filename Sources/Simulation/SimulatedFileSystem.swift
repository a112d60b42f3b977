import Platform
import Synchronization

/// A disk in memory that forgets what was not synced when the power fails.
///
/// Every call that changes something is an effect, and effects are counted: a test runs a procedure
/// once to count them, then again with the power failing at each. After a power failure all calls
/// and all open files fail until `restart`. Repeatable: chance comes from the given source only.
/// Thread-safe.
package final class SimulatedFileSystem: FileSystem {
  /// What guards the nodes: they are touched under the lock only.
  struct Disk: @unchecked Sendable {
    // @unchecked: nodes are classes, and never leave the lock.
    var root = SimulatedNode(isDirectory: true)
    var effectCount = 0
    var powerFailsAt: Int?
    var isDown = false
    /// Files opened before the last restart are dead.
    var generation = 0
    /// Operations that fail once, with their errno.
    var failures: [String: Int32] = [:]
    /// What all files and names together may take; nil for no limit.
    var capacity: Int?
  }

  let disk = Mutex(Disk())

  /// What a name takes in its directory.
  fileprivate static let entryByteCount = 64

  package init() {}

  // MARK: What can happen to a disk

  /// How many effects there have been.
  package var effectCount: Int { disk.withLock { $0.effectCount } }

  /// Lets the power fail at the effect of that number, counted from 1 over the whole life of the
  /// disk: it does not happen, but a write may leave traces.
  package func failPower(at effect: Int?) { disk.withLock { $0.powerFailsAt = effect } }

  /// Lets the power fail now.
  package func failPower() { disk.withLock { $0.isDown = true } }

  package var isDown: Bool { disk.withLock { $0.isDown } }

  /// Brings the disk back after a power failure (or makes one now): unsynced changes are lost, torn
  /// or kept by chance.
  package func restart(_ random: some RandomSource) {
    disk.withLock { disk in
      var seen: Set<ObjectIdentifier> = []
      SimulatedFileSystem.crash(disk.root, random, &seen)
      disk.isDown = false
      disk.powerFailsAt = nil
      disk.generation += 1
      disk.failures = [:]
    }
  }

  /// A disk of its own that is as this one, its files' unsynced changes included; no file is open
  /// on it.
  package func copy() -> SimulatedFileSystem {
    let copy = SimulatedFileSystem()
    disk.withLock { original in
      var known: [ObjectIdentifier: SimulatedNode] = [:]
      let root = original.root.copy(&known)
      let (count, isDown) = (original.effectCount, original.isDown)
      copy.disk.withLock { disk in
        disk.root = root
        disk.effectCount = count
        disk.isDown = isDown
      }
    }
    return copy
  }

  /// Lets the disk have room for so many bytes more (64 of them for each new name); nil for no end.
  ///
  /// A write that finds too little of it is made as far as there is room, and fails with ENOSPC.
  package func setRoom(_ byteCount: Int?) {
    disk.withLock { disk in disk.capacity = byteCount.map { disk.usedByteCount + $0 } }
  }

  /// Lets the next call of `operation` ("pwritev", "fdatasync", "open", …) fail.
  package func failNext(_ operation: String, errno: Int32 = Errno.ioError) {
    disk.withLock { $0.failures[operation] = errno }
  }

  /// Walks in a fixed order, so that a seed always means the same.
  private static func crash(
    _ node: SimulatedNode, _ random: some RandomSource, _ seen: inout Set<ObjectIdentifier>
  ) {
    guard seen.insert(ObjectIdentifier(node)).inserted else { return }
    node.crash(random)
    for name in node.entries.keys.sorted() { crash(node.entries[name]!, random, &seen) }
  }

  // MARK: FileSystem

  package func open(_ path: String, _ mode: OpenMode) throws(StorageError) -> any File {
    try change("open", path) { (disk) throws(StorageError) in
      let (directory, name) = try disk.place(path, "open")
      let found = directory.entries[name]
      if let found {
        if found.isDirectory { throw Errno.isDirectory.error("open", path) }
        if mode == .createNew { throw Errno.exists.error("open", path) }
        if mode == .truncate {
          try disk.effect("open", path)
          found.apply(.truncate(0))
        }
        return SimulatedFile(path, found, self, disk.generation)
      }
      if mode == .read || mode == .readWrite { throw Errno.missing.error("open", path) }
      try disk.expectRoomForName("open", path)
      try disk.effect("open", path)
      let node = SimulatedNode(isDirectory: false)
      directory.apply([(name, node)])
      return SimulatedFile(path, node, self, disk.generation)
    }
  }

  package func exists(_ path: String) -> Bool {
    disk.withLock { !$0.isDown && $0.node(path) != nil }
  }

  package func list(_ path: String) throws(StorageError) -> [DirectoryEntry] {
    try change("opendir", path) { (disk) throws(StorageError) in
      guard let node = disk.node(path) else { throw Errno.missing.error("opendir", path) }
      guard node.isDirectory else { throw Errno.notDirectory.error("opendir", path) }
      return node.entries.keys.sorted().map {
        DirectoryEntry(name: $0, isDirectory: node.entries[$0]!.isDirectory)
      }
    }
  }

  package func makeDirectory(_ path: String) throws(StorageError) {
    try change("mkdir", path) { (disk) throws(StorageError) in
      var node = disk.root
      for name in SimulatedFileSystem.names(path) {
        if let next = node.entries[name] {
          guard next.isDirectory else { throw Errno.notDirectory.error("mkdir", path) }
          node = next
        } else {
          try disk.expectRoomForName("mkdir", path)
          try disk.effect("mkdir", path)
          let made = SimulatedNode(isDirectory: true)
          node.apply([(name, made)])
          node = made
        }
      }
    }
  }

  package func remove(_ path: String) throws(StorageError) {
    try change("unlink", path) { (disk) throws(StorageError) in
      let (directory, name) = try disk.place(path, "unlink")
      guard let node = directory.entries[name] else { return }
      if node.isDirectory { throw Errno.isDirectory.error("unlink", path) }
      try disk.effect("unlink", path)
      directory.apply([(name, nil)])
    }
  }

  package func removeTree(_ path: String) throws(StorageError) {
    guard exists(path) else { return }
    for entry in try list(path) {
      let child = "\(path)/\(entry.name)"
      if entry.isDirectory { try removeTree(child) } else { try remove(child) }
    }
    try change("rmdir", path) { (disk) throws(StorageError) in
      let (directory, name) = try disk.place(path, "rmdir")
      try disk.effect("rmdir", path)
      directory.apply([(name, nil)])
    }
  }

  package func rename(_ from: String, to: String) throws(StorageError) {
    try change("rename", from) { (disk) throws(StorageError) in
      let (source, oldName) = try disk.place(from, "rename")
      let (target, newName) = try disk.place(to, "rename")
      guard let node = source.entries[oldName] else { throw Errno.missing.error("rename", from) }
      if let old = target.entries[newName], old.isDirectory != node.isDirectory {
        throw (old.isDirectory ? Errno.isDirectory : Errno.notDirectory).error("rename", from)
      }
      try disk.effect("rename", from)
      if source === target {
        source.apply([(oldName, nil), (newName, node)])
      } else {
        target.apply([(newName, node)])
        source.apply([(oldName, nil)])
      }
    }
  }

  package func link(_ from: String, to: String) throws(StorageError) {
    try change("link", to) { (disk) throws(StorageError) in
      guard let node = disk.node(from) else { throw Errno.missing.error("link", to) }
      let (target, name) = try disk.place(to, "link")
      if target.entries[name] != nil { throw Errno.exists.error("link", to) }
      try disk.effect("link", to)
      target.apply([(name, node)])
    }
  }

  package func syncDirectory(_ path: String) throws(StorageError) {
    try change("fsync", path) { (disk) throws(StorageError) in
      guard let node = disk.node(path) else { throw Errno.missing.error("open", path) }
      guard node.isDirectory else { throw Errno.notDirectory.error("open", path) }
      try disk.effect("fsync", path)
      node.sync()
    }
  }

  package func space(_ path: String) throws(StorageError) -> (available: Int64, total: Int64) {
    let total: Int64 = 1 << 40
    return disk.withLock { disk in
      (disk.capacity.map { Int64(max(0, $0 - disk.usedByteCount)) } ?? total, total)
    }
  }

  /// Runs `body` on the disk unless it is down, or `operation` was told to fail.
  func change<T>(
    _ operation: String, _ path: String, _ body: (inout Disk) throws(StorageError) -> sending T
  ) throws(StorageError) -> sending T {
    try disk.withLock { (disk) throws(StorageError) -> sending T in
      if disk.isDown { throw Errno.ioError.error(operation, path) }
      if let errno = disk.failures.removeValue(forKey: operation) {
        throw .failed(operation: operation, path: path, errno: errno)
      }
      return try body(&disk)
    }
  }

  static func names(_ path: String) -> [String] {
    path.split(separator: "/").map(String.init).filter { $0 != "." }
  }
}

extension SimulatedFileSystem.Disk {
  /// Counts an effect that is about to happen; the power may fail instead.
  mutating func effect(_ operation: String, _ path: String) throws(StorageError) {
    effectCount += 1
    if effectCount == powerFailsAt {
      isDown = true
      throw Errno.ioError.error(operation, path)
    }
  }

  var usedByteCount: Int { root.usedByteCount(perName: SimulatedFileSystem.entryByteCount) }

  func expectRoomForName(_ operation: String, _ path: String) throws(StorageError) {
    guard let capacity else { return }
    if usedByteCount + SimulatedFileSystem.entryByteCount > capacity {
      throw Errno.noSpace.error(operation, path)
    }
  }

  /// How many of `count` bytes the disk takes at `position` of a file.
  func room(for count: Int, at position: Int, of node: SimulatedNode) -> Int {
    guard let capacity else { return count }
    let end = max(node.bytes.count, position) + max(0, capacity - usedByteCount)
    return max(0, min(count, end - position))
  }

  func node(_ path: String) -> SimulatedNode? {
    var node = root
    for name in SimulatedFileSystem.names(path) {
      guard let next = node.entries[name] else { return nil }
      node = next
    }
    return node
  }

  /// The directory that holds the last name of the path.
  func place(
    _ path: String, _ operation: String
  ) throws(StorageError) -> (SimulatedNode, String) {
    var names = SimulatedFileSystem.names(path)
    guard let last = names.popLast() else { throw Errno.isDirectory.error(operation, path) }
    var node = root
    for name in names {
      guard let next = node.entries[name] else { throw Errno.missing.error(operation, path) }
      guard next.isDirectory else { throw Errno.notDirectory.error(operation, path) }
      node = next
    }
    return (node, last)
  }
}

/// The system's error numbers that the simulation gives.
package enum Errno {
  package static let missing: Int32 = 2
  package static let ioError: Int32 = 5
  package static let exists: Int32 = 17
  package static let notDirectory: Int32 = 20
  package static let isDirectory: Int32 = 21
  package static let noSpace: Int32 = 28
}

extension Int32 {
  func error(_ operation: String, _ path: String) -> StorageError {
    .failed(operation: operation, path: path, errno: self)
  }
}
