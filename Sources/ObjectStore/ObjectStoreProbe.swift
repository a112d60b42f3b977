import Platform

/// Finds out, before anything is trusted to a store, whether it keeps what the commit protocol
/// stands on: that a conditional create of an existing object fails.
package enum ObjectStoreProbe {
  /// Creates an object, tries to create it again, reads it back and removes it. Throws a
  /// `UsageError` that names what is wrong: no access, or a store that ignores conditions.
  package static func check(_ store: any ObjectStore, random: any RandomSource)
    async throws(UsageError)
  {
    let (high, low) = random.uuid()
    let key = "varve-probe/" + [high, low].map { String($0, radix: 16) }.joined(separator: "-")
    do throws(ObjectStoreError) {
      try await store.put(key, text: "first", condition: .ifAbsent)
      let isRefused = await refuses(store, key)
      let content = try await store.get(key).body.array
      try await store.delete(key)
      guard isRefused == true, content == Array("first".utf8) else {
        throw ObjectStoreError(
          .invalid, key: key, "a second conditional create (If-None-Match: *) was not refused")
      }
    } catch {
      let isUnsafe = error.kind == .invalid && error.context.contains("If-None-Match")
      throw UsageError(
        "the object store \(store.url) cannot hold a lake: \(error.context)",
        hint: isUnsafe
          ? "two writers would overwrite each other's commits; use a store with conditional writes"
          : "check lake.url, its endpoint, region and credentials")
    }
  }

  /// Whether a second create is refused as it must be.
  private static func refuses(_ store: any ObjectStore, _ key: String) async -> Bool {
    do throws(ObjectStoreError) {
      try await store.put(key, text: "second", condition: .ifAbsent)
      return false
    } catch { return error.kind == .alreadyExists }
  }
}
