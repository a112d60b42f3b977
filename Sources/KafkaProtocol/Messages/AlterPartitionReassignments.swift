import Records

/// Moves partitions to other brokers, or stops that (KIP-455).
package struct AlterPartitionReassignmentsRequest: KafkaRequest {
  package typealias Response = AlterPartitionReassignmentsResponse

  package static let api = API(.alterPartitionReassignments, versions: 0...1, flexibleFrom: 0)

  package var timeoutMilliseconds: Int32 = 60000
  package var allowReplicationFactorChange = true
  package var topics: [Topic] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&timeoutMilliseconds)
    try f.field(&allowReplicationFactorChange, in: 1...)
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

  /// A partition and where it shall lie.
  package struct Partition: Message {
    package var partitionIndex = PartitionID(0)
    /// Nil stops a move that is under way.
    package var replicas: [Int32]?

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&partitionIndex)
      try f.field(&replicas)
    }
  }
}

/// Says for each partition whether its move began or was stopped.
package struct AlterPartitionReassignmentsResponse: KafkaResponse {
  package static let api = AlterPartitionReassignmentsRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var allowReplicationFactorChange = true
  package var errorCode = ErrorCode.none
  package var errorMessage: String?
  package var responses: [TopicResult] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&allowReplicationFactorChange, in: 1...)
    try f.field(&errorCode)
    try f.field(&errorMessage)
    try f.field(&responses)
  }

  /// The outcomes for one topic.
  package struct TopicResult: Message {
    package var name = ""
    package var partitions: [PartitionResult] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name)
      try f.field(&partitions)
    }
  }

  /// The outcome for one partition.
  package struct PartitionResult: Message {
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
