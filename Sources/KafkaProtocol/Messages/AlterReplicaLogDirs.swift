import Records

/// Moves replicas between the log directories of one broker.
package struct AlterReplicaLogDirsRequest: KafkaRequest {
  package typealias Response = AlterReplicaLogDirsResponse

  package static let api = API(.alterReplicaLogDirs, versions: 1...2, flexibleFrom: 2)

  package var dirs: [Directory] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&dirs)
  }

  /// Where partitions shall lie.
  package struct Directory: Message {
    package var path = ""
    package var topics: [Topic] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&path)
      try f.field(&topics)
    }
  }

  /// The partitions of one topic that shall lie there.
  package struct Topic: Message {
    package var name = ""
    package var partitions: [PartitionID] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name)
      try f.field(&partitions)
    }
  }
}

/// Says for each partition whether its move began.
package struct AlterReplicaLogDirsResponse: KafkaResponse {
  package static let api = AlterReplicaLogDirsRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var results: [TopicResult] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&results)
  }

  /// The outcomes for one topic.
  package struct TopicResult: Message {
    package var topicName = ""
    package var partitions: [PartitionResult] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&topicName)
      try f.field(&partitions)
    }
  }

  /// The outcome for one partition.
  package struct PartitionResult: Message {
    package var partitionIndex = PartitionID(0)
    package var errorCode = ErrorCode.none

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&partitionIndex)
      try f.field(&errorCode)
    }
  }
}
