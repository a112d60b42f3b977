import Records

/// Asks how far groups have read: one up to version 7, in the first fields, then many.
package struct OffsetFetchRequest: KafkaRequest {
  package typealias Response = OffsetFetchResponse

  package static let api = API(.offsetFetch, versions: 1...10, flexibleFrom: 6)

  package var groupID = ""
  /// Nil asks for all partitions that the group has offsets of.
  package var topics: [Topic]? = []
  package var groups: [Group] = []
  /// Waits, by an error, for offsets of open transactions (KIP-447).
  package var requireStable = false

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&groupID, in: 0...7)
    try f.field(&topics, in: 0...7, nullable: 2...7)
    try f.field(&groups, in: 8...)
    try f.field(&requireStable, in: 7...)
  }

  /// The partitions of one topic, up to version 7.
  package struct Topic: Message {
    package var name = ""
    package var partitionIndexes: [PartitionID] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name)
      try f.field(&partitionIndexes)
    }
  }

  /// A group asked about, from version 8 on.
  package struct Group: Message {
    package var groupID = ""
    package var memberID: String?
    package var memberEpoch: Int32 = -1
    /// Nil asks for all partitions that the group has offsets of.
    package var topics: [GroupTopic]? = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&groupID)
      try f.field(&memberID, in: 9...)
      try f.field(&memberEpoch, in: 9...)
      try f.field(&topics)
    }
  }

  /// The partitions of one topic: by name up to version 9, then by id.
  package struct GroupTopic: Message {
    package var name = ""
    package var topicID = TopicID.zero
    package var partitionIndexes: [PartitionID] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name, in: 8...9)
      try f.field(&topicID, in: 10...)
      try f.field(&partitionIndexes)
    }
  }
}

/// Tells how far groups have read: one up to version 7, in the first fields, then many.
package struct OffsetFetchResponse: KafkaResponse {
  package static let api = OffsetFetchRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var topics: [Topic] = []
  package var errorCode = ErrorCode.none
  package var groups: [Group] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds, in: 3...)
    try f.field(&topics, in: 0...7)
    try f.field(&errorCode, in: 2...7)
    try f.field(&groups, in: 8...)
  }

  /// The partitions of one topic, up to version 7.
  package struct Topic: Message {
    package var name = ""
    package var partitions: [Partition] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name)
      try f.field(&partitions)
    }
  }

  /// What is kept for one group, from version 8 on.
  package struct Group: Message {
    package var groupID = ""
    package var topics: [GroupTopic] = []
    package var errorCode = ErrorCode.none

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&groupID)
      try f.field(&topics)
      try f.field(&errorCode)
    }
  }

  /// What is kept for one partition.
  package struct Partition: Message {
    package var partitionIndex = PartitionID(0)
    /// −1 when there is none.
    package var committedOffset = Offset(0)
    package var committedLeaderEpoch = LeaderEpoch(-1)
    package var metadata: String?
    package var errorCode = ErrorCode.none

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&partitionIndex)
      try f.field(&committedOffset)
      try f.field(&committedLeaderEpoch, in: 5...7)
      try f.field(&metadata)
      try f.field(&errorCode)
    }
  }

  /// The partitions of one topic: by name up to version 9, then by id.
  package struct GroupTopic: Message {
    package var name = ""
    package var topicID = TopicID.zero
    package var partitions: [GroupPartition] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name, in: 8...9)
      try f.field(&topicID, in: 10...)
      try f.field(&partitions)
    }
  }

  /// What is kept for one partition.
  package struct GroupPartition: Message {
    package var partitionIndex = PartitionID(0)
    /// −1 when there is none.
    package var committedOffset = Offset(0)
    package var committedLeaderEpoch = LeaderEpoch(-1)
    package var metadata: String?
    package var errorCode = ErrorCode.none

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&partitionIndex)
      try f.field(&committedOffset)
      try f.field(&committedLeaderEpoch)
      try f.field(&metadata)
      try f.field(&errorCode)
    }
  }
}
