import Platform

/// The folder of one `DirectoryStore` instance for files that have no name yet.
///
/// It is guarded by a locked file beside it, so that the next instance can tell what a dead process
/// left behind from what a living one is writing, and removes the former.
final class DirectoryScratch: Sendable {
  private let folder: String
  private let files: any FileSystem
  private let random: any RandomSource
  /// Held, and with it the lock, as long as this lives.
  private let guardFile: any File

  init(_ parent: String, files: any FileSystem, random: any RandomSource) throws(StorageError) {
    self.files = files
    self.random = random
    try files.makeDirectory(parent)
    try Self.removeAbandoned(parent, files)
    while true {
      let name = parent + "/" + Self.name(random)
      let file = try files.open(name + ".lock", .createNew)
      // Somebody else's clean-up may take the lock first, and then removes the file.
      guard try file.tryLock() else { continue }
      try files.makeDirectory(name)
      guardFile = file
      folder = name
      return
    }
  }

  deinit {
    try? files.removeTree(folder)
    try? files.remove(folder + ".lock")
    guardFile.close()
  }

  /// Writes and syncs a new file, which is removed again when that fails; answers its path.
  func write(_ body: [ByteBlock]) throws(StorageError) -> String {
    let path = folder + "/" + Self.name(random)
    let file = try files.open(path, .createNew)
    defer { file.close() }
    do throws(StorageError) {
      try file.write(body)
      try file.sync()
    } catch {
      try? files.remove(path)
      throw error
    }
    return path
  }

  /// A name nobody else has.
  static func name(_ random: any RandomSource) -> String {
    let (high, low) = random.uuid()
    return [high, low].map { String($0 | 1 << 63, radix: 16) }.joined()
  }

  private static func removeAbandoned(_ parent: String, _ files: any FileSystem)
    throws(StorageError)
  {
    for entry in try files.list(parent) where entry.name.hasSuffix(".lock") {
      let path = parent + "/" + entry.name
      // Its owner may be removing it at this moment.
      guard let file = try? files.open(path, .readWrite) else { continue }
      defer { file.close() }
      guard try file.tryLock() else { continue }
      try files.removeTree(String(path.dropLast(".lock".count)))
      try files.remove(path)
    }
  }
}
