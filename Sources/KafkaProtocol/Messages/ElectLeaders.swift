import Records

/// Elects leaders: the preferred replica of each partition, or whoever is left.
package struct ElectLeadersRequest: KafkaRequest {
  package typealias Response = ElectLeadersResponse

  package static let api = API(.electLeaders, versions: 0...2, flexibleFrom: 2)

  /// 0 preferred, 1 unclean.
  package var electionType: Int8 = 0
  /// Nil for all partitions.
  package var topicPartitions: [Topic]? = []
  package var timeoutMilliseconds: Int32 = 60000

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&electionType, in: 1...)
    try f.field(&topicPartitions)
    try f.field(&timeoutMilliseconds)
  }

  /// The partitions of one topic.
  package struct Topic: Message {
    package var topic = ""
    package var partitions: [PartitionID] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&topic)
      try f.field(&partitions)
    }
  }
}

/// Says for each partition whether a leader was elected.
package struct ElectLeadersResponse: KafkaResponse {
  package static let api = ElectLeadersRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var replicaElectionResults: [TopicResult] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&errorCode, in: 1...)
    try f.field(&replicaElectionResults)
  }

  /// The outcomes for one topic.
  package struct TopicResult: Message {
    package var topic = ""
    package var partitionResult: [PartitionResult] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&topic)
      try f.field(&partitionResult)
    }
  }

  /// The outcome for one partition.
  package struct PartitionResult: Message {
    package var partitionID = PartitionID(0)
    package var errorCode = ErrorCode.none
    package var errorMessage: String?

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&partitionID)
      try f.field(&errorCode)
      try f.field(&errorMessage)
    }
  }
}
