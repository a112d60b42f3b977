import Records

/// Appends record batches to partitions.
package struct ProduceRequest: KafkaRequest {
  package typealias Response = ProduceResponse

  package static let api = API(.produce, versions: 3...13, flexibleFrom: 9, advertisedFrom: 0)

  package var transactionalID: String?
  /// How durable before the answer: 0 asks for none at all, 1 for the leader, −1 for all
  /// replicas.
  package var acks: Int16 = 0
  package var timeoutMilliseconds: Int32 = 0
  package var topicData: [Topic] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&transactionalID)
    try f.field(&acks)
    try f.field(&timeoutMilliseconds)
    try f.field(&topicData)
  }

  /// The batches for one topic: by name up to version 12, then by id (KIP-516).
  package struct Topic: Message {
    package var name: WireString = ""
    package var topicID = TopicID.zero
    package var partitionData: [Partition] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name, in: 0...12)
      try f.field(&topicID, in: 13...)
      try f.field(&partitionData)
    }
  }

  /// The batches for one partition.
  package struct Partition: Message {
    package var index = PartitionID(0)
    package var records: RecordSlice?

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&index)
      try f.field(&records)
    }
  }
}

/// Says for each partition where its batches begin, or why they were refused.
package struct ProduceResponse: KafkaResponse {
  package static let api = ProduceRequest.api

  package var responses: [Topic] = []
  package var throttleTimeMilliseconds: Int32 = 0
  package var nodeEndpoints: [NodeEndpoint] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&responses)
    try f.field(&throttleTimeMilliseconds)
    try f.tagged(0, &nodeEndpoints, in: 10...)
  }

  /// The outcomes of one topic.
  package struct Topic: Message {
    package var name: WireString = ""
    package var topicID = TopicID.zero
    package var partitionResponses: [Partition] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name, in: 0...12)
      try f.field(&topicID, in: 13...)
      try f.field(&partitionResponses)
    }
  }

  /// The outcome of one partition.
  package struct Partition: Message {
    package var index = PartitionID(0)
    package var errorCode = ErrorCode.none
    package var baseOffset = Offset(0)
    /// −1 when the topic keeps the producer's timestamps.
    package var logAppendTimeMilliseconds: Int64 = -1
    package var logStartOffset = Offset(-1)
    package var recordErrors: [RecordError] = []
    package var errorMessage: String?
    package var currentLeader = LeaderIDAndEpoch()

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&index)
      try f.field(&errorCode)
      try f.field(&baseOffset)
      try f.field(&logAppendTimeMilliseconds)
      try f.field(&logStartOffset, in: 5...)
      try f.field(&recordErrors, in: 8...)
      try f.field(&errorMessage, in: 8...)
      try f.tagged(0, &currentLeader, in: 10...)
    }
  }

  /// Why a record made its whole batch fail (KIP-467).
  package struct RecordError: Message {
    package var batchIndex: Int32 = 0
    package var batchIndexErrorMessage: String?

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&batchIndex)
      try f.field(&batchIndexErrorMessage)
    }
  }
}
