import Records

/// Keeps how far a group has read, once the transaction commits.
package struct TxnOffsetCommitRequest: KafkaRequest {
  package typealias Response = TxnOffsetCommitResponse

  package static let api = API(.txnOffsetCommit, versions: 0...5, flexibleFrom: 3)

  package var transactionalID = ""
  package var groupID = ""
  package var producerID: Int64 = 0
  package var producerEpoch: Int16 = 0
  package var generationID: Int32 = -1
  package var memberID = ""
  package var groupInstanceID: String?
  package var topics: [Topic] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&transactionalID)
    try f.field(&groupID)
    try f.field(&producerID)
    try f.field(&producerEpoch)
    try f.field(&generationID, in: 3...)
    try f.field(&memberID, in: 3...)
    try f.field(&groupInstanceID, in: 3...)
    try f.field(&topics)
  }

  /// The partitions of one topic.
  package struct Topic: Message {
    package var name = ""
    package var partitions: [Partition] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name)
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
      try f.field(&committedLeaderEpoch, in: 2...)
      try f.field(&committedMetadata)
    }
  }
}

/// Says for each partition whether its offset was kept.
package struct TxnOffsetCommitResponse: KafkaResponse {
  package static let api = TxnOffsetCommitRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var topics: [Topic] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&topics)
  }

  /// The partitions of one topic.
  package struct Topic: Message {
    package var name = ""
    package var partitions: [Partition] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name)
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
