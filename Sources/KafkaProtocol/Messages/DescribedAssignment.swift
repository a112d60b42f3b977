import Records

/// What a member of a consumer or share group reads, or shall read, as descriptions of groups have
/// it.
package struct DescribedAssignment: Message {
  package var topicPartitions: [TopicPartitions] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&topicPartitions)
  }

  /// The partitions of one topic.
  package struct TopicPartitions: Message {
    package var topicID = TopicID.zero
    package var topicName = ""
    package var partitions: [PartitionID] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&topicID)
      try f.field(&topicName)
      try f.field(&partitions)
    }
  }
}
