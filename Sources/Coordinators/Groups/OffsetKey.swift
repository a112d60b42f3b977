import Records

/// A partition that a group may have an offset of.
package struct OffsetKey: Hashable, Comparable, Sendable {
  package var topic: String
  package var partition: PartitionID

  package init(topic: String, partition: PartitionID) {
    self.topic = topic
    self.partition = partition
  }

  package static func < (a: OffsetKey, b: OffsetKey) -> Bool {
    (a.topic, a.partition) < (b.topic, b.partition)
  }
}
