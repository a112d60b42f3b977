import Platform

/// Asks places for credentials in turn, keeps what the first one gives, and gets new ones well
/// before the old ones end.
package actor CredentialsCache {
  private let sources: [any CredentialsSource]
  private let clock: any Clock
  private var current: S3Credentials?
  private var isRefreshing = false

  /// New ones are fetched this long before the old ones end; those serve until then.
  static let earlyMilliseconds: Int64 = 5 * 60 * 1_000

  package init(_ sources: [any CredentialsSource], clock: any Clock) {
    self.sources = sources
    self.clock = clock
  }

  /// Valid credentials; `denied`, naming the places, when no place has any.
  package func credentials() async throws(ObjectStoreError) -> S3Credentials {
    if let current {
      guard let end = current.expiresAtMilliseconds else { return current }
      let left = end - clock.wallMilliseconds()
      let isGoodEnough = left > Self.earlyMilliseconds || (left > 0 && isRefreshing)
      if isGoodEnough { return current }
      do throws(ObjectStoreError) { return try await refresh() } catch {
        // The place is out of reach for the moment: what still holds serves on.
        if left > 0 { return current }
        throw error
      }
    }
    return try await refresh()
  }

  /// Forgets credentials that the store has refused, so that the next call gets new ones.
  package func discard(_ refused: S3Credentials) {
    if current == refused { current = nil }
  }

  private func refresh() async throws(ObjectStoreError) -> S3Credentials {
    isRefreshing = true
    defer { isRefreshing = false }
    for source in sources {
      guard let found = try await source.load() else { continue }
      current = found
      return found
    }
    let names = sources.map(\.name).joined(separator: ", ")
    throw ObjectStoreError(.denied, key: "credentials", "none found; looked in: \(names)")
  }
}
