import Records

/// The committed offsets of one group; changes only by replayed records.
package struct GroupOffsets: Equatable, Sendable {
  package private(set) var byTopic: [String: [PartitionID: CommittedOffset]] = [:]
  /// Offsets of transactions that are still open.
  package internal(set) var pending = PendingOffsets()

  package init() {}

  package var isEmpty: Bool { byTopic.isEmpty && pending.isEmpty }

  package subscript(topic: String, partition: PartitionID) -> CommittedOffset? {
    byTopic[topic]?[partition]
  }

  mutating func replay(_ topic: String, _ partition: PartitionID, _ committed: CommittedOffset?) {
    if !pending.isEmpty { pending.drop(OffsetKey(topic: topic, partition: partition)) }
    settle(topic, partition, committed)
  }

  /// Puts an offset in force and leaves those that wait alone.
  mutating func settle(_ topic: String, _ partition: PartitionID, _ committed: CommittedOffset?) {
    byTopic[topic, default: [:]][partition] = committed
    if byTopic[topic]?.isEmpty == true { byTopic[topic] = nil }
  }

  /// Topics with their partitions, in order.
  package var sorted: [(topic: String, partitions: [(PartitionID, CommittedOffset)])] {
    byTopic.sorted { $0.key < $1.key }.map { topic, partitions in
      (topic, partitions.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    }
  }
}
