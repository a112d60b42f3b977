import Records

/// Partitions of one topic, and what a member of a share group acknowledges of them (KIP-932).
package struct AcknowledgedTopic: Message {
  package var topicID = TopicID.zero
  package var partitions: [Partition] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&topicID)
    try f.field(&partitions)
  }

  /// One partition and what is acknowledged of it.
  package struct Partition: Message {
    package var partitionIndex = PartitionID(0)
    package var acknowledgementBatches: [AcknowledgementBatch] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&partitionIndex)
      try f.field(&acknowledgementBatches)
    }
  }
}
