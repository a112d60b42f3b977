import Records

/// Offsets that were committed in transactions that are still open, by producer id; changes only by
/// replay, as the offsets themselves do.
package struct PendingOffsets: Equatable, Sendable {
  private struct Entry: Equatable, Sendable {
    let committed: CommittedOffset
    /// Grows with every entry: their order in the log.
    let order: UInt64
  }

  private var byProducer: [Int64: [OffsetKey: Entry]] = [:]
  private var nextOrder: UInt64 = 0

  package init() {}

  package var isEmpty: Bool { byProducer.isEmpty }

  /// The partitions whose offsets may change when a transaction ends.
  package var keys: Set<OffsetKey> {
    byProducer.values.reduce(into: []) { $0.formUnion($1.keys) }
  }

  /// Whether an open transaction has an offset of this partition.
  package func contains(_ key: OffsetKey) -> Bool {
    byProducer.values.contains { $0[key] != nil }
  }

  /// Keeps an offset until its transaction ends.
  mutating func add(_ committed: CommittedOffset, of key: OffsetKey, producerID: Int64) {
    byProducer[producerID, default: [:]][key] = Entry(committed: committed, order: nextOrder)
    nextOrder += 1
  }

  /// Drops what came before a commit outside of any transaction: in the log's order that one is the
  /// later, whenever the transaction ends.
  mutating func drop(_ key: OffsetKey) { drop(key, before: nextOrder) }

  /// Ends a producer's transaction and gives the offsets that take force if it commits, in order.
  mutating func take(
    ofProducer producerID: Int64, commits: Bool
  ) -> [(key: OffsetKey, committed: CommittedOffset)] {
    guard let ended = byProducer.removeValue(forKey: producerID), commits else { return [] }
    for (key, entry) in ended { drop(key, before: entry.order) }
    return ended.sorted { $0.value.order < $1.value.order }.map { ($0.key, $0.value.committed) }
  }

  private mutating func drop(_ key: OffsetKey, before order: UInt64) {
    for (producerID, entries) in byProducer {
      guard let entry = entries[key], entry.order < order else { continue }
      byProducer[producerID]?[key] = nil
      if entries.count == 1 { byProducer[producerID] = nil }
    }
  }
}
