/// The rules for keys, the same in every store, so that what works in one works in all.
package enum ObjectKey {
  /// Bytes of UTF-8, prefix included: S3's own limit.
  package static let maximumByteCount = 1024
  /// Bytes of UTF-8 between two slashes: what file systems take.
  package static let maximumPartByteCount = 255

  /// Throws `invalid` for a key that is empty, too long, could leave its directory (`..`), would be
  /// changed on its way (`a//b`, `./a`, control characters), or begins a part with `.varve-`, which
  /// `DirectoryStore` keeps for itself.
  package static func check(_ key: String) throws(ObjectStoreError) {
    guard let complaint = complaint(about: key) else { return }
    throw ObjectStoreError(.invalid, key: key, "the key \(complaint)")
  }

  static func complaint(about key: String) -> String? {
    if key.isEmpty { return "is empty" }
    if key.utf8.count > maximumByteCount { return "is longer than \(maximumByteCount) bytes" }
    // 0x7f and below 0x20: no XML 1.0 listing can carry most of them.
    if key.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) {
      return "has a control character"
    }
    for part in key.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
      if part.isEmpty { return "has an empty part" }
      if part.count > maximumPartByteCount {
        return "has a part longer than \(maximumPartByteCount) bytes"
      }
      if part.elementsEqual(".".utf8) || part.elementsEqual("..".utf8) {
        return "has a part '.' or '..'"
      }
      if part.starts(with: ".varve-".utf8) { return "has a part that begins with '.varve-'" }
    }
    return nil
  }

  /// Whether `a` comes before `b` in a listing: by UTF-8 bytes, not by Swift's canonical order.
  package static func precedes(_ a: String, _ b: String) -> Bool {
    a.utf8.lexicographicallyPrecedes(b.utf8)
  }

  /// Whether `key` begins with the bytes of `prefix`.
  package static func begins(_ key: String, with prefix: String) -> Bool {
    key.utf8.starts(with: prefix.utf8)
  }
}
