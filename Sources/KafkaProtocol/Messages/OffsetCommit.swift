import Records

/// Keeps how far a group has read.
package struct OffsetCommitRequest: KafkaRequest {
  package typealias Response = OffsetCommitResponse

  package static let api = API(.offsetCommit, versions: 2...10, flexibleFrom: 8)

  package var groupID = ""
  package var generationIDOrMemberEpoch: Int32 = -1
  package var memberID = ""
  package var groupInstanceID: String?
  package var retentionTimeMilliseconds: Int64 = -1
  package var topics: [Topic] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&groupID)
    try f.field(&generationIDOrMemberEpoch)
    try f.field(&memberID)
    try f.field(&groupInstanceID, in: 7...)
    try f.field(&retentionTimeMilliseconds, in: 0...4)
    try f.field(&topics)
  }

  /// The partitions of one topic: by name up to version 9, then by id.
  package struct Topic: Message {
    package var name = ""
    package var topicID = TopicID.zero
    package var partitions: [Partition] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name, in: 0...9)
      try f.field(&topicID, in: 10...)
      try f.field(&partitions)
    }
  }

  /// How far one partition was read.
  package struct Partition: Message {
    package var partitionIndex = PartitionID(0)
    package var committedOffset = Offset(0)
    package var committedLeaderEpoch = LeaderEpoch(-1)
    package var committedMetadata: String?

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&partitionIndex)
      try f.field(&committedOffset)
      try f.field(&committedLeaderEpoch, in: 6...)
      try f.field(&committedMetadata)
    }
  }
}

/// Says for each partition whether its offset was kept.
package struct OffsetCommitResponse: KafkaResponse {
  package static let api = OffsetCommitRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var topics: [Topic] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds, in: 3...)
    try f.field(&topics)
  }

  /// The partitions of one topic.
  package struct Topic: Message {
    package var name = ""
    package var topicID = TopicID.zero
    package var partitions: [Partition] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name, in: 0...9)
      try f.field(&topicID, in: 10...)
      try f.field(&partitions)
    }
  }

  /// The outcome for one partition.
  package struct Partition: Message {
    package var partitionIndex = PartitionID(0)
    package var errorCode = ErrorCode.none

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&partitionIndex)
      try f.field(&errorCode)
    }
  }
}
