import Records

/// Asks who keeps the metadata log (KIP-595).
package struct DescribeQuorumRequest: KafkaRequest {
  package typealias Response = DescribeQuorumResponse

  package static let api = API(.describeQuorum, versions: 0...2, flexibleFrom: 0)

  package var topics: [Topic] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&topics)
  }

  /// A topic; only the metadata log has a quorum.
  package struct Topic: Message {
    package var topicName = ""
    package var partitions: [Partition] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&topicName)
      try f.field(&partitions)
    }
  }

  /// A partition.
  package struct Partition: Message {
    package var partitionIndex = PartitionID(0)

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&partitionIndex)
    }
  }
}

/// Describes the quorum of the metadata log.
package struct DescribeQuorumResponse: KafkaResponse {
  package static let api = DescribeQuorumRequest.api

  package var errorCode = ErrorCode.none
  package var errorMessage: String?
  package var topics: [Topic] = []
  package var nodes: [Node] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&errorCode)
    try f.field(&errorMessage, in: 2...)
    try f.field(&topics)
    try f.field(&nodes, in: 2...)
  }

  /// A topic; only the metadata log has a quorum.
  package struct Topic: Message {
    package var topicName = ""
    package var partitions: [Partition] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&topicName)
      try f.field(&partitions)
    }
  }

  /// A partition.
  package struct Partition: Message {
    package var partitionIndex = PartitionID(0)
    package var errorCode = ErrorCode.none
    package var errorMessage: String?
    package var leaderID: Int32 = 0
    package var leaderEpoch = LeaderEpoch(0)
    package var highWatermark = Offset(0)
    package var currentVoters: [Replica] = []
    package var observers: [Replica] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&partitionIndex)
      try f.field(&errorCode)
      try f.field(&errorMessage, in: 2...)
      try f.field(&leaderID)
      try f.field(&leaderEpoch)
      try f.field(&highWatermark)
      try f.field(&currentVoters)
      try f.field(&observers)
    }
  }

  /// How far one replica is.
  package struct Replica: Message {
    package var replicaID: Int32 = 0
    package var replicaDirectoryID = TopicID.zero
    package var logEndOffset = Offset(0)
    package var lastFetchTimestamp: Int64 = -1
    package var lastCaughtUpTimestamp: Int64 = -1

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&replicaID)
      try f.field(&replicaDirectoryID, in: 2...)
      try f.field(&logEndOffset)
      try f.field(&lastFetchTimestamp, in: 1...)
      try f.field(&lastCaughtUpTimestamp, in: 1...)
    }
  }

  /// Where a voter listens.
  package struct Node: Message {
    package var nodeID: Int32 = 0
    package var listeners: [Listener] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&nodeID, in: 2...)
      try f.field(&listeners, in: 2...)
    }
  }

  /// One listener of a voter.
  package struct Listener: Message {
    package var name = ""
    package var host = ""
    package var port: UInt16 = 0

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name, in: 2...)
      try f.field(&host, in: 2...)
      try f.field(&port, in: 2...)
    }
  }
}
