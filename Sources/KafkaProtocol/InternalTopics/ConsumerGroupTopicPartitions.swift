import Records

/// Partitions of one topic, as the records of consumer and share groups name them.
package struct ConsumerGroupTopicPartitions: Message {
  package var topicID = TopicID.zero
  package var partitions: [PartitionID] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&topicID)
    try f.field(&partitions)
  }
}
