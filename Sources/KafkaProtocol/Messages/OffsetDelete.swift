import Records

/// Deletes a group's offsets of partitions that it does not read (KIP-496).
package struct OffsetDeleteRequest: KafkaRequest {
  package typealias Response = OffsetDeleteResponse

  package static let api = API(.offsetDelete, versions: 0...0, flexibleFrom: nil)

  package var groupID = ""
  package var topics: [Topic] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&groupID)
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

  /// A partition whose offset shall go.
  package struct Partition: Message {
    package var partitionIndex = PartitionID(0)

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&partitionIndex)
    }
  }
}

/// Says for each partition whether its offset was deleted.
package struct OffsetDeleteResponse: KafkaResponse {
  package static let api = OffsetDeleteRequest.api

  package var errorCode = ErrorCode.none
  package var throttleTimeMilliseconds: Int32 = 0
  package var topics: [Topic] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&errorCode)
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
