import Synchronization

/// Counts the share-partitions that are known, over all shards, up to a limit.
final class ShareBudget: Sendable {
  /// `varve.share.max.partitions`.
  let limit: Int
  private let used = Atomic<Int>(0)

  init(limit: Int) { self.limit = limit }

  var isFull: Bool { used.load(ordering: .relaxed) >= limit }

  func add(_ count: Int) { used.add(count, ordering: .relaxed) }
}
