import Records

/// Partitions of one topic, as heartbeats, share fetches and the records of groups name them.
package struct TopicIDPartitions: Message {
  package var topicID = TopicID.zero
  package var partitions: [PartitionID] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&topicID)
    try f.field(&partitions)
  }
}
