import Records

/// Asks where leader epochs end (KIP-320).
package struct OffsetForLeaderEpochRequest: KafkaRequest {
  package typealias Response = OffsetForLeaderEpochResponse

  package static let api = API(.offsetForLeaderEpoch, versions: 2...4, flexibleFrom: 4)

  /// −1 a consumer that knows epochs, −2 any consumer.
  package var replicaID: Int32 = -2
  package var topics: [Topic] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&replicaID, in: 3...)
    try f.field(&topics)
  }

  /// The partitions of one topic.
  package struct Topic: Message {
    package var topic = ""
    package var partitions: [Partition] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&topic)
      try f.field(&partitions)
    }
  }

  /// The epoch asked for in one partition.
  package struct Partition: Message {
    package var partition = PartitionID(0)
    package var currentLeaderEpoch = LeaderEpoch(-1)
    package var leaderEpoch = LeaderEpoch(0)

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&partition)
      try f.field(&currentLeaderEpoch)
      try f.field(&leaderEpoch)
    }
  }
}

/// Says where each epoch ends.
package struct OffsetForLeaderEpochResponse: KafkaResponse {
  package static let api = OffsetForLeaderEpochRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var topics: [Topic] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&topics)
  }

  /// The partitions of one topic.
  package struct Topic: Message {
    package var topic = ""
    package var partitions: [Partition] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&topic)
      try f.field(&partitions)
    }
  }

  /// Where the epoch ends in one partition.
  package struct Partition: Message {
    package var errorCode = ErrorCode.none
    package var partition = PartitionID(0)
    package var leaderEpoch = LeaderEpoch(-1)
    package var endOffset = Offset(-1)

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&errorCode)
      try f.field(&partition)
      try f.field(&leaderEpoch)
      try f.field(&endOffset)
    }
  }
}
