import Glibc  // calloc gives zeroed memory that takes pages only where it is touched
import Platform
import Records

/// Remembers the latest offset of each key in memory of a fixed size: 24 bytes a key, however long
/// the key is (as Kafka's `SkimpyOffsetMap`).
///
/// Open addressing with linear probing. Belongs to one thread at a time.
final class OffsetMap {
  private static let slotByteCount = 24

  /// How many keys fit.
  let capacity: Int
  private(set) var count = 0
  private let hasher: KeyHasher
  private let slotCount: Int
  /// For each slot the digest, then the offset plus one: 0 is an empty slot.
  private let slots: UnsafeMutablePointer<UInt64>

  /// - Parameters:
  ///   - byteCount: What the map may take; it takes less when `keyLimit` is below that.
  ///   - loadFactor: How full it may get, above 0 and below 1.
  ///   - keyLimit: There are not more keys than this.
  ///   - path: What is cleaned, for the error.
  /// - Throws: ENOMEM when the memory cannot be had.
  init(
    byteCount: Int, loadFactor: Double, keyLimit: Int, hasher: KeyHasher, path: String
  ) throws(StorageError) {
    let most = max(2, byteCount / OffsetMap.slotByteCount)
    let wanted = Double(keyLimit) / loadFactor + 2
    slotCount = wanted < Double(most) ? Int(wanted) : most
    capacity = min(slotCount - 1, max(1, Int(Double(slotCount) * loadFactor)))
    self.hasher = hasher
    guard let memory = calloc(slotCount, OffsetMap.slotByteCount) else {
      throw .failed(operation: "calloc", path: path, errno: ENOMEM)
    }
    slots = memory.bindMemory(to: UInt64.self, capacity: 3 * slotCount)
  }

  deinit { free(slots) }

  /// What the slots take.
  var byteCount: Int { slotCount * OffsetMap.slotByteCount }

  /// Notes that `key` has a record at `offset`, which must be above all noted before; false, and
  /// nothing noted, when the key is new and the map is full.
  func put(_ key: UnsafeRawBufferPointer, _ offset: Offset) -> Bool {
    let digest = hasher.digest(key)
    let slot = slot(of: digest)
    if slot[2] == 0 {
      guard count < capacity else { return false }
      slot[0] = digest.high
      slot[1] = digest.low
      count += 1
    }
    slot[2] = UInt64(bitPattern: offset.rawValue + 1)
    return true
  }

  /// The latest offset noted for `key`.
  func latest(of key: UnsafeRawBufferPointer) -> Offset? {
    let noted = slot(of: hasher.digest(key))[2]
    return noted == 0 ? nil : Offset(Int64(bitPattern: noted) - 1)
  }

  /// The slot that holds the digest, or the empty one where it belongs.
  private func slot(of digest: KeyDigest) -> UnsafeMutablePointer<UInt64> {
    var index = Int(digest.low.multipliedFullWidth(by: UInt64(slotCount)).high)
    while true {
      let slot = slots + 3 * index
      if slot[2] == 0 || (slot[0] == digest.high && slot[1] == digest.low) { return slot }
      index += 1
      if index == slotCount { index = 0 }
    }
  }
}

extension StorageError {
  /// Whether a cleaning ended because there was no memory for its map of keys.
  package var isWantOfMemory: Bool { errnoValue == ENOMEM }
}
