import Records

/// Sets where an empty share group goes on (KIP-932).
package struct AlterShareGroupOffsetsRequest: KafkaRequest {
  package typealias Response = AlterShareGroupOffsetsResponse

  package static let api = API(.alterShareGroupOffsets, versions: 0...0, flexibleFrom: 0)

  package var groupID = ""
  package var topics: [Topic] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&groupID)
    try f.field(&topics)
  }

  /// The partitions of one topic.
  package struct Topic: Message {
    package var topicName = ""
    package var partitions: [Partition] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&topicName)
      try f.field(&partitions)
    }
  }

  /// A partition and its first offset from now on.
  package struct Partition: Message {
    package var partitionIndex = PartitionID(0)
    package var startOffset = Offset(0)

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&partitionIndex)
      try f.field(&startOffset)
    }
  }
}

/// Says for each partition whether its offset was set.
package struct AlterShareGroupOffsetsResponse: KafkaResponse {
  package static let api = AlterShareGroupOffsetsRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var errorMessage: String?
  package var responses: [Topic] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&errorCode)
    try f.field(&errorMessage)
    try f.field(&responses)
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

  /// The outcome for one partition.
  package struct Partition: Message {
    package var partitionIndex = PartitionID(0)
    package var errorCode = ErrorCode.none
    package var errorMessage: String?

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&partitionIndex)
      try f.field(&errorCode)
      try f.field(&errorMessage)
    }
  }
}
