import Platform

extension ObjectStore {
  /// The full name of a key, as it stands in Iceberg metadata: `s3://bucket/prefix/key`.
  package func location(of key: String) -> String { url.location(of: key) }

  /// The key of a full name; nil when it lies outside this store.
  package func key(of location: String) -> String? { url.key(of: location) }

  /// Writes one block, replacing what was there.
  @discardableResult
  package func put(_ key: String, _ body: ByteBlock, condition: PutCondition = .none)
    async throws(ObjectStoreError) -> ObjectSummary
  {
    try await put(key, [body], condition: condition, checksum: nil)
  }

  /// Writes a small object.
  @discardableResult
  package func put(_ key: String, bytes: [UInt8], condition: PutCondition = .none)
    async throws(ObjectStoreError) -> ObjectSummary
  {
    try await put(key, [ByteBlock(bytes)], condition: condition, checksum: nil)
  }

  /// Writes text as UTF-8.
  @discardableResult
  package func put(_ key: String, text: String, condition: PutCondition = .none)
    async throws(ObjectStoreError) -> ObjectSummary
  {
    try await put(key, bytes: Array(text.utf8), condition: condition)
  }

  /// Reads a whole object.
  package func get(_ key: String) async throws(ObjectStoreError) -> FetchedObject {
    try await get(key, range: .whole)
  }

  /// Reads `range` (bytes from the object's start).
  package func get(_ key: String, _ range: Range<Int64>)
    async throws(ObjectStoreError) -> FetchedObject
  {
    try await get(key, range: .bytes(range))
  }

  /// Reads a whole object; nil when there is none.
  package func getIfPresent(_ key: String) async throws(ObjectStoreError) -> FetchedObject? {
    do throws(ObjectStoreError) { return try await get(key, range: .whole) } catch {
      if error.kind == .notFound { return nil }
      throw error
    }
  }

  package func exists(_ key: String) async throws(ObjectStoreError) -> Bool {
    do throws(ObjectStoreError) {
      _ = try await head(key)
      return true
    } catch {
      if error.kind == .notFound { return false }
      throw error
    }
  }

  /// Every object whose key begins with `prefix`; refuses (`invalid`) to gather more than `limit`.
  package func listAll(prefix: String, limit: Int = 1_000_000)
    async throws(ObjectStoreError) -> [ObjectSummary]
  {
    var found: [ObjectSummary] = []
    var after: String?
    while true {
      let page = try await list(prefix: prefix, after: after, limit: 1_000)
      found += page.objects
      guard page.isTruncated, let last = page.objects.last else { return found }
      if found.count > limit {
        throw ObjectStoreError(.invalid, key: prefix, "more than \(limit) objects to list")
      }
      after = last.key
    }
  }
}
