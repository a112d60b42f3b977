/// Where an upload of a `DirectoryStore` lies, and what its id says.
struct UploadFolder {
  let path: String
  let partByteCount: Int64

  /// Nil for an id that `id(_:partByteCount:)` did not make: it becomes part of a path.
  init?(_ id: String, in uploads: String) {
    let pieces = id.split(separator: "-", omittingEmptySubsequences: false)
    guard pieces.count == 2, pieces[0].utf8.count == 32,
      pieces[0].utf8.allSatisfy({ $0 != 0x2f && $0 != 0x2e }),
      let partByteCount = Int64(pieces[1]), partByteCount > 0
    else { return nil }
    path = uploads + "/" + id
    self.partByteCount = partByteCount
  }

  /// The id of an upload: a name that nobody else has, and how long its parts are.
  static func id(_ name: String, partByteCount: Int) -> String { "\(name)-\(partByteCount)" }

  var keyPath: String { path + "/key" }
  var dataPath: String { path + "/data" }
  func tagPath(_ number: Int) -> String { "\(path)/\(number)" }

  static func tag(_ checksum: UInt32, _ byteCount: Int) -> String {
    "\(String(checksum, radix: 16))-\(byteCount)"
  }
}
