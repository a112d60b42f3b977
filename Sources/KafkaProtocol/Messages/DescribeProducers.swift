import Records

/// Asks for the producers of partitions (KIP-664).
package struct DescribeProducersRequest: KafkaRequest {
  package typealias Response = DescribeProducersResponse

  package static let api = API(.describeProducers, versions: 0...0, flexibleFrom: 0)

  package var topics: [Topic] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&topics)
  }

  /// The partitions of one topic.
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

/// Lists the producers that partitions remember.
package struct DescribeProducersResponse: KafkaResponse {
  package static let api = DescribeProducersRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var topics: [Topic] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
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

  /// The producers of one partition.
  package struct Partition: Message {
    package var partitionIndex = PartitionID(0)
    package var errorCode = ErrorCode.none
    package var errorMessage: String?
    package var activeProducers: [Producer] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&partitionIndex)
      try f.field(&errorCode)
      try f.field(&errorMessage)
      try f.field(&activeProducers)
    }
  }

  /// What a partition remembers of one producer.
  package struct Producer: Message {
    package var producerID: Int64 = 0
    package var producerEpoch: Int32 = 0
    package var lastSequence: Int32 = -1
    package var lastTimestamp: Int64 = -1
    package var coordinatorEpoch: Int32 = 0
    /// −1 when no transaction is open.
    package var currentTxnStartOffset = Offset(-1)

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&producerID)
      try f.field(&producerEpoch)
      try f.field(&lastSequence)
      try f.field(&lastTimestamp)
      try f.field(&coordinatorEpoch)
      try f.field(&currentTxnStartOffset)
    }
  }
}
