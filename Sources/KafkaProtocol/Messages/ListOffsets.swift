import Records

/// Asks for the offsets of points in time, or of the ends of partitions.
package struct ListOffsetsRequest: KafkaRequest {
  package typealias Response = ListOffsetsResponse

  package static let api = API(.listOffsets, versions: 1...11, flexibleFrom: 6)

  package var replicaID: Int32 = 0
  package var isolationLevel: Int8 = 0
  package var topics: [Topic] = []
  package var timeoutMilliseconds: Int32 = 0

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&replicaID)
    try f.field(&isolationLevel, in: 2...)
    try f.field(&topics)
    try f.field(&timeoutMilliseconds, in: 10...)
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

  /// The point asked for in one partition.
  package struct Partition: Message {
    package var partitionIndex = PartitionID(0)
    package var currentLeaderEpoch = LeaderEpoch(-1)
    /// Milliseconds since 1970, or −1 latest, −2 earliest, −3 greatest timestamp, −4 earliest
    /// local, −5 latest tiered, −6 earliest pending upload.
    package var timestamp: Int64 = 0

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&partitionIndex)
      try f.field(&currentLeaderEpoch, in: 4...)
      try f.field(&timestamp)
    }
  }
}

/// Answers with one offset for each partition.
package struct ListOffsetsResponse: KafkaResponse {
  package static let api = ListOffsetsRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var topics: [Topic] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds, in: 2...)
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

  /// The offset found in one partition.
  package struct Partition: Message {
    package var partitionIndex = PartitionID(0)
    package var errorCode = ErrorCode.none
    package var timestamp: Int64 = -1
    package var offset = Offset(-1)
    package var leaderEpoch = LeaderEpoch(-1)

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&partitionIndex)
      try f.field(&errorCode)
      try f.field(&timestamp)
      try f.field(&offset)
      try f.field(&leaderEpoch, in: 4...)
    }
  }
}
