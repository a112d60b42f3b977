/// A feature whose level clients find in the ApiVersions answer, and behave by it (KIP-584).
struct ServedFeature: Sendable {
  let name: String
  /// The levels that the broker can run.
  let supported: ClosedRange<Int16>
  /// The level that it runs.
  let level: Int16
}

/// Every feature with levels that this broker serves.
let servedFeatures: [ServedFeature] = [
  // Level 1 is the consumer protocol (KIP-848).
  ServedFeature(name: "group.version", supported: 0...1, level: 1),
  // Level 1 is share groups (KIP-932).
  ServedFeature(name: "share.version", supported: 0...1, level: 1),
  // Level 2 is the second transaction protocol (KIP-890).
  ServedFeature(name: "transaction.version", supported: 0...2, level: 2),
]
