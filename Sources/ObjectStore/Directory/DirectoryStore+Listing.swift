import Platform

extension DirectoryStore {
  package func list(prefix: String, after: String?, limit: Int)
    async throws(ObjectStoreError) -> ObjectListing
  {
    let limit = min(max(1, limit), 1_000)
    return try await onPool(prefix) { [self] () throws(ObjectStoreError) in
      var walk = Walk(prefix: prefix, after: after, limit: limit + 1)
      try translating(prefix) { () throws(StorageError) in try visit("", &walk) }
      let isTruncated = walk.found.count > limit
      return ObjectListing(objects: Array(walk.found.prefix(limit)), isTruncated: isTruncated)
    }
  }

  /// A listing on its way through the tree.
  private struct Walk {
    let prefix: String
    let after: String?
    let limit: Int
    var found: [ObjectSummary] = []

    /// Whether any key that begins with `folder` can be in the listing.
    func mayHold(_ folder: String) -> Bool {
      let isOnTheWay =
        ObjectKey.begins(folder, with: prefix) || ObjectKey.begins(prefix, with: folder)
      guard let after, isOnTheWay else { return isOnTheWay }
      return ObjectKey.precedes(after, folder) || ObjectKey.begins(after, with: folder)
    }

    func wants(_ key: String) -> Bool {
      ObjectKey.begins(key, with: prefix) && after.map { ObjectKey.precedes($0, key) } ?? true
    }
  }

  /// Goes through `folder` ("" or ending in a slash) in the order of the keys: a directory stands
  /// where its name with the slash would.
  private func visit(_ folder: String, _ walk: inout Walk) throws(StorageError) {
    var names: [String] = []
    for entry in try entries(of: folder) {
      let name = folder + entry.name + (entry.isDirectory ? "/" : "")
      let isWanted = entry.isDirectory ? walk.mayHold(name) : walk.wants(name)
      if isWanted && ObjectKey.complaint(about: entry.name) == nil { names.append(name) }
    }
    names.sort(by: ObjectKey.precedes)
    for name in names {
      if walk.found.count == walk.limit { return }
      if name.utf8.last == UInt8(ascii: "/") {
        try visit(name, &walk)
      } else if let count = try size(of: name) {
        walk.found.append(ObjectSummary(key: name, byteCount: count, etag: nil))
      }
    }
  }

  /// Names in a folder; none when it has just been removed.
  private func entries(of folder: String) throws(StorageError) -> [DirectoryEntry] {
    do throws(StorageError) { return try files.list(root + "/" + folder) } catch {
      if error.cause == .noSuchFile { return [] }
      throw error
    }
  }

  /// nil when the file has just been removed.
  private func size(of key: String) throws(StorageError) -> Int64? {
    do throws(StorageError) {
      let file = try files.open(path(key), .read)
      defer { file.close() }
      return try file.size()
    } catch {
      if error.cause == .noSuchFile { return nil }
      throw error
    }
  }
}
