import ObjectStore
import Platform

/// Reads and writes a table's metadata objects: the lake's words over the store's.
struct TableStore: Sendable {
  let environment: LakeEnvironment
  let identity: TableIdentity
  let place: TablePlace
  /// Accepts a table of another cluster or topic: for a restore that an operator asked for.
  let isRestoring: Bool

  var store: any ObjectStore { environment.store }

  /// The table's location as it stands in its metadata.
  var location: String { store.location(of: place.prefix) }

  /// A new 16-byte marker for an Avro file.
  func sync() -> (UInt64, UInt64) { (environment.random.next(), environment.random.next()) }

  /// The key of a location in this store; refuses others, which cannot be read from here.
  func key(of location: String) throws(LakeError) -> String {
    guard let key = store.key(of: location) else {
      throw .unsupported(file: location, reason: "it lies outside the lake at \(store.url)")
    }
    return key
  }

  func put(_ key: String, _ body: ByteBlock) async throws(LakeError) {
    do throws(ObjectStoreError) { try await store.put(key, body) } catch { throw .store(error) }
  }

  func get(_ key: String) async throws(LakeError) -> ByteBlock {
    do throws(ObjectStoreError) { return try await store.get(key).body } catch {
      throw .store(error)
    }
  }

  func getIfPresent(_ key: String) async throws(LakeError) -> ByteBlock? {
    do throws(ObjectStoreError) { return try await store.getIfPresent(key)?.body } catch {
      throw .store(error)
    }
  }

  func exists(_ key: String) async throws(LakeError) -> Bool {
    do throws(ObjectStoreError) { return try await store.exists(key) } catch {
      throw .store(error)
    }
  }

  /// A metadata version; nil when there is none of that number.
  func version(_ version: Int64) async throws(LakeError) -> TableVersion? {
    let startedAt = environment.clock.monotonicNanoseconds()
    let key = place.versionKey(version)
    guard let body = try await getIfPresent(key) else { return nil }
    let loaded = try TableVersion(
      version: version, metadata: try TableMetadata(json: body.bytes, file: key), file: key,
      loadedAt: startedAt)
    withExtendedLifetime(body) {}
    try check(loaded.metadata)
    return loaded
  }

  /// Refuses a table that holds another topic's records, or that was moved: its files are named
  /// by full locations.
  private func check(_ metadata: TableMetadata) throws(LakeError) {
    guard store.key(of: metadata.location) == place.prefix else {
      throw .mismatch(
        table: location, reason: "its metadata says that it lies at \(metadata.location)")
    }
    if !isRestoring { try identity.check(metadata.properties, table: location) }
  }

  /// The version that `version-hint.text` names; nil when there is none or it says nothing.
  func hint() async throws(LakeError) -> Int64? {
    guard let body = try await getIfPresent(place.hintKey) else { return nil }
    return Int64(String(decoding: body.bytes, as: UTF8.self))
  }

  /// Names `version` in the hint: the bare decimal, no newline (DuckDB takes it literally).
  func writeHint(_ version: Int64) async throws(LakeError) {
    try await put(place.hintKey, ByteBlock(Array(String(version).utf8)))
  }

  /// The latest version: the hint, then N+1 … until there is none; a listing when the hint's
  /// version is gone. Nil when there is no table.
  func head() async throws(LakeError) -> TableVersion? {
    // Versions can be deleted while they are looked for; then the hint has moved on, too.
    for _ in 0..<8 {
      var start = try await hint()
      if let hinted = start, try await !exists(place.versionKey(hinted)) { start = nil }
      if start == nil { start = try await latestListed() }
      guard let start else { return nil }
      if let head = try await head(from: start) { return head }
    }
    throw .corrupt(file: place.hintKey, reason: "the versions that it names keep vanishing")
  }

  /// The latest version, searched upwards from one that exists; nil when it vanished meanwhile.
  func head(from start: Int64) async throws(LakeError) -> TableVersion? {
    let startedAt = environment.clock.monotonicNanoseconds()
    var latest = start
    while try await exists(place.versionKey(latest + 1)) { latest += 1 }
    var head = try await version(latest)
    head?.loadedAt = startedAt
    return head
  }

  private func latestListed() async throws(LakeError) -> Int64? {
    do throws(ObjectStoreError) {
      let found = try await store.listAll(prefix: place.versionPrefix)
      return found.compactMap { place.version(ofKey: $0.key) }.max()
    } catch { throw .store(error) }
  }

  /// The manifests of a snapshot.
  func manifests(of snapshot: Snapshot) async throws(LakeError) -> [ManifestFile] {
    let key = try key(of: snapshot.manifestList)
    let body = try await get(key)
    defer { withExtendedLifetime(body) {} }
    return try ManifestList.decode(body.bytes, file: key)
  }

  /// The entries of a manifest, with what they inherit from it.
  func entries(of manifest: ManifestFile) async throws(LakeError) -> [ManifestEntry] {
    let key = try key(of: manifest.path)
    let body = try await get(key)
    defer { withExtendedLifetime(body) {} }
    return try Manifest.decode(body.bytes, file: key).map { $0.inheriting(from: manifest) }
  }

  /// The entries of many manifests, read a few at a time, in the order of `manifests`.
  func entries(of manifests: [ManifestFile], concurrentReads: Int) async throws(LakeError)
    -> [[ManifestEntry]]
  {
    var results: [Int: Result<[ManifestEntry], LakeError>] = [:]
    await withTaskGroup(of: NumberedRead.self) { group in
      var next = 0
      while next < min(manifests.count, max(1, concurrentReads)) {
        group.addTask { [next] in await self.read(manifests[next], number: next) }
        next += 1
      }
      while let read = await group.next() {
        results[read.number] = read.result
        if next < manifests.count {
          group.addTask { [next] in await self.read(manifests[next], number: next) }
          next += 1
        }
      }
    }
    var entries: [[ManifestEntry]] = []
    for number in manifests.indices {
      guard let result = results[number] else {
        preconditionFailure("manifest \(number) of \(manifests.count) was not read")
      }
      entries.append(try result.get())
    }
    return entries
  }

  private struct NumberedRead: Sendable {
    let number: Int
    let result: Result<[ManifestEntry], LakeError>
  }

  // Swift 6.3.1 with -O traps in a task group's child closure that catches a typed error itself, so
  // the children only call this.
  private func read(_ manifest: ManifestFile, number: Int) async -> NumberedRead {
    do throws(LakeError) {
      return NumberedRead(number: number, result: .success(try await entries(of: manifest)))
    } catch {
      return NumberedRead(number: number, result: .failure(error))
    }
  }

  /// Removes objects that nothing names; answers the keys that are still there.
  func remove(_ keys: [String]) async -> [String] {
    guard !keys.isEmpty else { return [] }
    do throws(ObjectStoreError) {
      var left: [String] = []
      for start in stride(from: 0, to: keys.count, by: 1_000) {
        let batch = Array(keys[start..<min(keys.count, start + 1_000)])
        left += try await store.deleteMany(batch).map(\.key)
      }
      return left
    } catch {
      environment.logger.debug("objects not removed yet", ("count", keys.count), ("why", error))
      return keys
    }
  }
}
