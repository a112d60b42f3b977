import Records

/// Asks which partitions are being moved (KIP-455).
package struct ListPartitionReassignmentsRequest: KafkaRequest {
  package typealias Response = ListPartitionReassignmentsResponse

  package static let api = API(.listPartitionReassignments, versions: 0...0, flexibleFrom: 0)

  package var timeoutMilliseconds: Int32 = 60000
  package var topics: [Topic]?

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&timeoutMilliseconds)
    try f.field(&topics)
  }

  /// The partitions of one topic that are asked about.
  package struct Topic: Message {
    package var name = ""
    package var partitionIndexes: [PartitionID] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name)
      try f.field(&partitionIndexes)
    }
  }
}

/// Lists moves that are under way.
package struct ListPartitionReassignmentsResponse: KafkaResponse {
  package static let api = ListPartitionReassignmentsRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var errorMessage: String?
  package var topics: [OngoingTopic] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&errorCode)
    try f.field(&errorMessage)
    try f.field(&topics)
  }

  /// The moves of one topic.
  package struct OngoingTopic: Message {
    package var name = ""
    package var partitions: [OngoingPartition] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name)
      try f.field(&partitions)
    }
  }

  /// The move of one partition.
  package struct OngoingPartition: Message {
    package var partitionIndex = PartitionID(0)
    package var replicas: [Int32] = []
    package var addingReplicas: [Int32] = []
    package var removingReplicas: [Int32] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&partitionIndex)
      try f.field(&replicas)
      try f.field(&addingReplicas)
      try f.field(&removingReplicas)
    }
  }
}
