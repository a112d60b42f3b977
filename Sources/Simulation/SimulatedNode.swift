import Platform

/// A file or directory of a simulated disk: what programs see, and what a power cut would leave.
///
/// Not thread-safe; the file system's lock guards it.
final class SimulatedNode {
  /// A change of a file that has not been synced.
  enum Write {
    case bytes([UInt8], position: Int)
    case truncate(Int)
  }

  /// A change of a directory that has not been synced; its parts survive together or not at all.
  typealias EntryChange = [(name: String, node: SimulatedNode?)]

  let isDirectory: Bool
  var bytes: [UInt8] = []
  private var durableBytes: [UInt8] = []
  private var writes: [Write] = []
  var entries: [String: SimulatedNode] = [:]
  private var durableEntries: [String: SimulatedNode] = [:]
  private var changes: [EntryChange] = []
  /// Whether some open file holds the advisory lock.
  var isLocked = false

  init(isDirectory: Bool) { self.isDirectory = isDirectory }

  /// A copy with all below; what stands in several places does so in the copy.
  func copy(_ known: inout [ObjectIdentifier: SimulatedNode]) -> SimulatedNode {
    if let copy = known[ObjectIdentifier(self)] { return copy }
    let copy = SimulatedNode(isDirectory: isDirectory)
    known[ObjectIdentifier(self)] = copy
    copy.bytes = bytes
    copy.durableBytes = durableBytes
    copy.writes = writes
    copy.isLocked = isLocked
    for (name, node) in entries { copy.entries[name] = node.copy(&known) }
    for (name, node) in durableEntries { copy.durableEntries[name] = node.copy(&known) }
    copy.changes = changes.map { $0.map { ($0.name, $0.node?.copy(&known)) } }
    return copy
  }

  /// The bytes of all files below, and so many for each name.
  func usedByteCount(perName: Int) -> Int {
    entries.values.reduce(bytes.count) { $0 + perName + $1.usedByteCount(perName: perName) }
  }

  func apply(_ write: Write) {
    SimulatedNode.apply(write, to: &bytes)
    writes.append(write)
  }

  /// Notes a write that a crash interrupts: it was not seen, but some of it may survive.
  func interrupt(_ write: Write) { writes.append(write) }

  func apply(_ change: EntryChange) {
    SimulatedNode.apply(change, to: &entries)
    changes.append(change)
  }

  /// Makes all changes so far durable.
  func sync() {
    for write in writes { SimulatedNode.apply(write, to: &durableBytes) }
    for change in changes { SimulatedNode.apply(change, to: &durableEntries) }
    writes = []
    changes = []
  }

  /// A sync that fails: the system forgets what was dirty, and a later sync does not bring it back.
  func failSync() { writes = [] }

  /// Becomes what a power cut leaves of it.
  ///
  /// Of a file any part of the unsynced writes survives, in any order, cut at sectors of 512 bytes.
  /// Of a directory a first run of the unsynced changes survives, as file systems with a journal
  /// have it.
  func crash(_ random: some RandomSource) {
    isLocked = false
    if isDirectory {
      let kept = random.below(changes.count + 1)
      for change in changes.prefix(kept) { SimulatedNode.apply(change, to: &durableEntries) }
      changes = []
      entries = durableEntries
      return
    }
    // All, none, or each by chance.
    let fate = random.below(4)
    for write in writes where fate != 0 {
      if fate == 1 {
        SimulatedNode.apply(write, to: &durableBytes)
      } else {
        applyTorn(write, random)
      }
    }
    writes = []
    bytes = durableBytes
  }

  private func applyTorn(_ write: Write, _ random: some RandomSource) {
    guard case .bytes(let bytes, let position) = write else {
      if random.below(2) == 0 { SimulatedNode.apply(write, to: &durableBytes) }
      return
    }
    let sector = 512
    var at = 0
    while at < bytes.count {
      let end = min(bytes.count, ((position + at) / sector + 1) * sector - position)
      if random.below(3) != 0 {
        SimulatedNode.apply(
          .bytes(Array(bytes[at..<end]), position: position + at), to: &durableBytes)
      }
      at = end
    }
  }

  private static func apply(_ write: Write, to bytes: inout [UInt8]) {
    switch write {
    case .truncate(let size):
      if size < bytes.count {
        bytes.removeLast(bytes.count - size)
      } else {
        bytes.append(contentsOf: repeatElement(0, count: size - bytes.count))
      }
    case .bytes(let new, let position):
      let end = position + new.count
      if end > bytes.count {
        bytes.append(contentsOf: repeatElement(0, count: end - bytes.count))
      }
      bytes.replaceSubrange(position..<end, with: new)
    }
  }

  private static func apply(_ change: EntryChange, to entries: inout [String: SimulatedNode]) {
    for (name, node) in change { entries[name] = node }
  }
}
