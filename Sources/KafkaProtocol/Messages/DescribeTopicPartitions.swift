import Records

/// Asks for the partitions of topics, a page at a time (KIP-966).
package struct DescribeTopicPartitionsRequest: KafkaRequest {
  package typealias Response = DescribeTopicPartitionsResponse

  package static let api = API(.describeTopicPartitions, versions: 0...0, flexibleFrom: 0)

  package var topics: [Topic] = []
  package var responsePartitionLimit: Int32 = 2000
  package var cursor: Cursor?

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&topics)
    try f.field(&responsePartitionLimit)
    try f.field(&cursor)
  }

  /// A topic asked for.
  package struct Topic: Message {
    package var name = ""

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name)
    }
  }

  /// Where the page begins.
  package struct Cursor: Message {
    package var topicName = ""
    package var partitionIndex = PartitionID(0)

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&topicName)
      try f.field(&partitionIndex)
    }
  }
}

/// Describes one page of partitions.
package struct DescribeTopicPartitionsResponse: KafkaResponse {
  package static let api = DescribeTopicPartitionsRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var topics: [Topic] = []
  /// Nil on the last page.
  package var nextCursor: Cursor?

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&topics)
    try f.field(&nextCursor)
  }

  /// What there is to know of one topic.
  package struct Topic: Message {
    package var errorCode = ErrorCode.none
    package var name: String?
    package var topicID = TopicID.zero
    package var isInternal = false
    package var partitions: [Partition] = []
    package var topicAuthorizedOperations = Int32.min

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&errorCode)
      try f.field(&name)
      try f.field(&topicID)
      try f.field(&isInternal)
      try f.field(&partitions)
      try f.field(&topicAuthorizedOperations)
    }
  }

  /// Where the next page begins.
  package struct Cursor: Message {
    package var topicName = ""
    package var partitionIndex = PartitionID(0)

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&topicName)
      try f.field(&partitionIndex)
    }
  }

  /// Who leads a partition and who follows.
  package struct Partition: Message {
    package var errorCode = ErrorCode.none
    package var partitionIndex = PartitionID(0)
    package var leaderID: Int32 = 0
    package var leaderEpoch = LeaderEpoch(-1)
    package var replicaNodes: [Int32] = []
    package var isrNodes: [Int32] = []
    /// Must not be nil in an answer to the Java client, which does not look.
    package var eligibleLeaderReplicas: [Int32]?
    package var lastKnownElr: [Int32]?
    package var offlineReplicas: [Int32] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&errorCode)
      try f.field(&partitionIndex)
      try f.field(&leaderID)
      try f.field(&leaderEpoch)
      try f.field(&replicaNodes)
      try f.field(&isrNodes)
      try f.field(&eligibleLeaderReplicas)
      try f.field(&lastKnownElr)
      try f.field(&offlineReplicas)
    }
  }
}
