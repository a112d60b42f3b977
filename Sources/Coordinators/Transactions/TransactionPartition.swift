import Records

/// A partition that a transaction writes to.
package struct TransactionPartition: Hashable, Comparable, Sendable {
  package let topic: String
  package let partition: PartitionID

  package init(topic: String, partition: PartitionID) {
    self.topic = topic
    self.partition = partition
  }

  package static func < (a: TransactionPartition, b: TransactionPartition) -> Bool {
    a.topic == b.topic ? a.partition < b.partition : a.topic < b.topic
  }
}
