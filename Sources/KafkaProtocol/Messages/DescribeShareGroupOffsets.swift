import Records

/// Asks how far share groups have come (KIP-932).
package struct DescribeShareGroupOffsetsRequest: KafkaRequest {
  package typealias Response = DescribeShareGroupOffsetsResponse

  package static let api = API(.describeShareGroupOffsets, versions: 0...1, flexibleFrom: 0)

  package var groups: [Group] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&groups)
  }

  /// One group and the topics that are asked for; nil asks for all that it has offsets of.
  package struct Group: Message {
    package var groupID = ""
    package var topics: [Topic]? = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&groupID)
      try f.field(&topics)
    }
  }

  /// The partitions of one topic.
  package struct Topic: Message {
    package var topicName = ""
    package var partitions: [PartitionID] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&topicName)
      try f.field(&partitions)
    }
  }
}

/// Says where the partitions of share groups begin.
package struct DescribeShareGroupOffsetsResponse: KafkaResponse {
  package static let api = DescribeShareGroupOffsetsRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var groups: [Group] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&groups)
  }

  /// One group's topics, or why there are none.
  package struct Group: Message {
    package var groupID = ""
    package var topics: [Topic] = []
    package var errorCode = ErrorCode.none
    package var errorMessage: String?

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&groupID)
      try f.field(&topics)
      try f.field(&errorCode)
      try f.field(&errorMessage)
    }
  }

  /// The partitions of one topic.
  package struct Topic: Message {
    package var topicName = ""
    package var topicID = TopicID.zero
    package var partitions: [Partition] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&topicName)
      try f.field(&topicID)
      try f.field(&partitions)
    }
  }

  /// The first offset of a partition that the group is not done with; −1 when it has none.
  package struct Partition: Message {
    package var partitionIndex = PartitionID(0)
    package var startOffset = Offset(0)
    package var leaderEpoch = LeaderEpoch(0)
    /// Records that are still to be done; −1 when that is not known.
    package var lag: Int64 = -1
    package var errorCode = ErrorCode.none
    package var errorMessage: String?

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&partitionIndex)
      try f.field(&startOffset)
      try f.field(&leaderEpoch)
      try f.field(&lag, in: 1...)
      try f.field(&errorCode)
      try f.field(&errorMessage)
    }
  }
}
