import Records

/// A partition as one share group reads it (KIP-932's share-partition).
package struct SharePartitionKey: Hashable, Sendable, CustomStringConvertible {
  package let group: String
  package let topicID: TopicID
  package let partition: PartitionID

  package init(group: String, topicID: TopicID, partition: PartitionID) {
    self.group = group
    self.topicID = topicID
    self.partition = partition
  }

  /// Kafka's coordinator key.
  package var description: String { "\(group):\(topicID):\(partition)" }
}
