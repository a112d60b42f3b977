import Lake
import Platform
import Synchronization

/// Keeps page indexes on the local disk, across restarts: one small file for each data file, in the
/// compact form (`PageIndex.encoded`), so that the first read of a file costs no request for its
/// footer.
///
/// It is a cache and nothing more. Nothing is synced: what a crash tore fails its checksum, is
/// removed, and is read from the store again. A disk that fails costs requests, not answers. At the
/// limit the file that was used longest ago goes; after a restart all count as equally old.
///
/// Thread-safe; `load` and `keep` block on the disk.
final class PageIndexFiles: Sendable {
  private struct State {
    /// When each file was used last; nil until the directory has been read.
    var used: [String: Int64]?
    var clock: Int64 = 0
    /// Files that are being written.
    var writing: Set<String> = []
  }

  private static let suffix = ".index"
  private static let temporarySuffix = ".tmp"
  /// Of a file's name, in bytes.
  private static let nameLimit = 200

  private let fileSystem: any FileSystem
  private let directory: String
  private let limit: Int
  private let state = Mutex(State())

  /// - Parameter limit: how many indexes are kept; each is 5 to 20 KB for a large data file.
  init(_ fileSystem: any FileSystem, directory: String, limit: Int) {
    self.fileSystem = fileSystem
    self.directory = directory
    self.limit = limit
  }

  /// The index of a data file, if it is here.
  func load(_ file: ColdFile) -> PageIndex? {
    guard let name = name(of: file), isKnown(name) else { return nil }
    let path = "\(directory)/\(name)"
    do throws(StorageError) {
      let bytes = try fileSystem.readAll(path)
      if let index = bytes.withUnsafeBytes({ PageIndex(encoded: $0) }) { return index }
    } catch {
      // As good as not there.
    }
    state.withLock { $0.used?[name] = nil }
    try? fileSystem.remove(path)
    return nil
  }

  /// Writes an index down, and lets the oldest go that are too many.
  func keep(_ index: PageIndex, of file: ColdFile) {
    guard limit > 0, let name = name(of: file), !isKnown(name) else { return }
    guard state.withLock({ $0.writing.insert(name).inserted }) else { return }
    defer { state.withLock { _ = $0.writing.remove(name) } }
    let path = "\(directory)/\(name)"
    let temporary = path + Self.temporarySuffix
    do throws(StorageError) {
      try fileSystem.makeDirectory(directory)
      try write(index.encoded(), to: temporary)
      try fileSystem.rename(temporary, to: path)
    } catch {
      try? fileSystem.remove(temporary)
      return
    }
    for old in added(name) { try? fileSystem.remove("\(directory)/\(old)") }
  }

  private func write(_ block: ByteBlock, to path: String) throws(StorageError) {
    let file = try fileSystem.open(path, .truncate)
    defer { file.close() }
    try file.write([block.bytes], at: 0)
  }

  /// A data file is never changed and its name has the commit's id in it, so its own name and
  /// length tell it from all others; nil for a name of other software that no file should have.
  private func name(of file: ColdFile) -> String? {
    guard let last = file.path.split(separator: "/").last, last.utf8.count <= Self.nameLimit,
      last.utf8.allSatisfy(Self.isPlain)
    else { return nil }
    return "\(last).\(file.byteCount)\(Self.suffix)"
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "_"), UInt8(ascii: "="):
      true
    default: false
    }
  }

  private func isKnown(_ name: String) -> Bool {
    if state.withLock({ $0.used == nil }) { readDirectory() }
    return state.withLock { state in
      guard state.used?[name] != nil else { return false }
      state.clock += 1
      state.used?[name] = state.clock
      return true
    }
  }

  /// Notes a file that is there now; the names of those that have to go for it.
  private func added(_ name: String) -> [String] {
    state.withLock { state in
      state.clock += 1
      state.used?[name] = state.clock
      guard let used = state.used, used.count > limit else { return [] }
      // A tenth more than must go, so that this sorts seldom.
      let oldest = used.sorted { $0.value < $1.value }.prefix(used.count - limit + limit / 10)
      let names = oldest.map(\.key).filter { $0 != name }
      for name in names { state.used?[name] = nil }
      return names
    }
  }

  private func readDirectory() {
    var names: [String] = []
    if fileSystem.exists(directory), let entries = try? fileSystem.list(directory) {
      names = entries.map(\.name)
    }
    for name in names where name.hasSuffix(Self.temporarySuffix) {
      try? fileSystem.remove("\(directory)/\(name)")
    }
    state.withLock { state in
      guard state.used == nil else { return }
      let kept = names.filter { $0.hasSuffix(Self.suffix) }
      state.used = Dictionary(kept.map { ($0, 0) }) { first, _ in first }
    }
  }
}
