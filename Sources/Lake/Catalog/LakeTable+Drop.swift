import ObjectStore
import Platform

extension LakeTable {
  /// Removes the table of a deleted topic with all its objects, and lets go of its name; answers
  /// how many objects there were.
  ///
  /// The metadata goes first, so that no reader finds a table whose files are half gone. Refuses
  /// (`mismatch`) the table of another cluster or topic. Interrupted, it can be done again.
  package static func drop(
    _ identity: TableIdentity, in environment: LakeEnvironment
  ) async throws(LakeError) -> Int {
    let store = TableStore(
      environment: environment, identity: identity, place: TablePlace(identity),
      isRestoring: false)
    // Throws unless the table is this topic's. Without metadata only data files can be left.
    _ = try await store.head()
    do throws(ObjectStoreError) {
      let keys = try await environment.store.listAll(prefix: "\(store.place.prefix)/").map(\.key)
      let isMetadata = { (key: String) in key.hasPrefix("\(store.place.prefix)/metadata/") }
      var left = await store.remove(keys.filter(isMetadata))
      if left.isEmpty { left = await store.remove(keys.filter { !isMetadata($0) }) }
      if let key = left.first {
        throw ObjectStoreError(.unavailable, key: key, "an object of a dropped table stays")
      }
      try await TableNameClaim(store: store).release()
      return keys.count
    } catch { throw .store(error) }
  }
}
