import Platform

/// What a `MemoryStore` holds.
struct MemoryState {
  struct Stored {
    let body: ByteBlock
    let etag: String
  }

  struct Upload {
    let key: String
    var parts: [Int: ByteBlock] = [:]
    var etags: [Int: String] = [:]
  }

  private(set) var objects: [KeyBytes: Stored] = [:]
  /// The keys of `objects`, in order.
  private(set) var order: [KeyBytes] = []
  var uploads: [String: Upload] = [:]
  /// Every write gets a number of its own, so that equal contents differ in their tags.
  var writes = 0

  mutating func store(_ body: ByteBlock, at key: String) -> ObjectSummary {
    writes += 1
    let name = KeyBytes(key)
    if objects[name] == nil { order.insert(name, at: position(of: name)) }
    objects[name] = Stored(body: body, etag: "v\(writes)")
    return ObjectSummary(key: key, byteCount: Int64(body.count), etag: "v\(writes)")
  }

  mutating func remove(_ key: String) {
    let name = KeyBytes(key)
    if objects.removeValue(forKey: name) != nil { order.remove(at: position(of: name)) }
  }

  /// The first place in `order` that is not before `key`.
  func position(of key: KeyBytes) -> Int {
    var low = 0
    var high = order.count
    while low < high {
      let middle = (low + high) / 2
      if order[middle] < key { low = middle + 1 } else { high = middle }
    }
    return low
  }

  func position(after key: String) -> Int {
    let key = KeyBytes(key)
    let at = position(of: key)
    return at < order.count && order[at] == key ? at + 1 : at
  }
}

/// A key compared byte by byte: Swift's own `==` takes é and e + accent for one.
struct KeyBytes: Hashable, Comparable {
  let bytes: [UInt8]
  init(_ text: String) { bytes = Array(text.utf8) }
  var text: String { String(decoding: bytes, as: UTF8.self) }
  static func < (a: KeyBytes, b: KeyBytes) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }
}
