import Records

/// Asks for the brokers and for the partitions of topics.
package struct MetadataRequest: KafkaRequest {
  package typealias Response = MetadataResponse

  package static let api = API(.metadata, versions: 0...13, flexibleFrom: 9)

  /// Nil asks for all topics; version 0 says so with an empty array.
  package var topics: [Topic]? = []
  package var allowAutoTopicCreation = true
  package var includeClusterAuthorizedOperations = false
  package var includeTopicAuthorizedOperations = false

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&topics, nullable: 1...)
    try f.field(&allowAutoTopicCreation, in: 4...)
    try f.field(&includeClusterAuthorizedOperations, in: 8...10)
    try f.field(&includeTopicAuthorizedOperations, in: 8...)
  }

  /// A topic asked for, by name or, from version 10 on, by id.
  package struct Topic: Message {
    package var topicID = TopicID.zero
    package var name: String?

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&topicID, in: 10...)
      try f.field(&name, nullable: 10...)
    }
  }
}

/// Describes the brokers and the partitions of the topics asked for.
package struct MetadataResponse: KafkaResponse {
  package static let api = MetadataRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var brokers: [Broker] = []
  package var clusterID: String?
  package var controllerID: Int32 = -1
  package var topics: [Topic] = []
  package var clusterAuthorizedOperations = Int32.min
  package var errorCode = ErrorCode.none

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds, in: 3...)
    try f.field(&brokers)
    try f.field(&clusterID, in: 2...)
    try f.field(&controllerID, in: 1...)
    try f.field(&topics)
    try f.field(&clusterAuthorizedOperations, in: 8...10)
    try f.field(&errorCode, in: 13...)
  }

  /// Where a broker listens.
  package struct Broker: Message {
    package var nodeID: Int32 = 0
    package var host = ""
    package var port: Int32 = 0
    package var rack: String?

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&nodeID)
      try f.field(&host)
      try f.field(&port)
      try f.field(&rack, in: 1...)
    }
  }

  /// What there is to know of one topic.
  package struct Topic: Message {
    package var errorCode = ErrorCode.none
    /// Nil only for a topic asked for by an id that nobody knows.
    package var name: String?
    package var topicID = TopicID.zero
    package var isInternal = false
    package var partitions: [Partition] = []
    /// A bit for each operation allowed; `Int32.min` when not asked for.
    package var topicAuthorizedOperations = Int32.min

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&errorCode)
      try f.field(&name, nullable: 12...)
      try f.field(&topicID, in: 10...)
      try f.field(&isInternal, in: 1...)
      try f.field(&partitions)
      try f.field(&topicAuthorizedOperations, in: 8...)
    }
  }

  /// Who leads a partition and who follows.
  package struct Partition: Message {
    package var errorCode = ErrorCode.none
    package var partitionIndex = PartitionID(0)
    package var leaderID: Int32 = 0
    package var leaderEpoch = LeaderEpoch(-1)
    package var replicaNodes: [Int32] = []
    package var isrNodes: [Int32] = []
    package var offlineReplicas: [Int32] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&errorCode)
      try f.field(&partitionIndex)
      try f.field(&leaderID)
      try f.field(&leaderEpoch, in: 7...)
      try f.field(&replicaNodes)
      try f.field(&isrNodes)
      try f.field(&offlineReplicas, in: 5...)
    }
  }
}
