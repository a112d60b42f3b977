import Records

/// Says what became of records that a member of a share group had acquired (KIP-932).
package struct ShareAcknowledgeRequest: KafkaRequest {
  package typealias Response = ShareAcknowledgeResponse

  package static let api = API(.shareAcknowledge, versions: 1...2, flexibleFrom: 0)

  package var groupID: String?
  package var memberID: String?
  /// −1 closes the share session, else the number of this request in it.
  package var shareSessionEpoch: Int32 = 0
  /// Some acknowledgements renew locks (KIP-1222).
  package var isRenewAck = false
  package var topics: [AcknowledgedTopic] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&groupID)
    try f.field(&memberID)
    try f.field(&shareSessionEpoch)
    try f.field(&isRenewAck, in: 2...)
    try f.field(&topics)
  }
}

/// Says for each partition whether its acknowledgements were taken.
package struct ShareAcknowledgeResponse: KafkaResponse {
  package static let api = ShareAcknowledgeRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var errorMessage: String?
  /// How long renewed records are the member's own.
  package var acquisitionLockTimeoutMilliseconds: Int32 = 0
  package var responses: [Topic] = []
  package var nodeEndpoints: [NodeEndpoint] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&errorCode)
    try f.field(&errorMessage)
    try f.field(&acquisitionLockTimeoutMilliseconds, in: 2...)
    try f.field(&responses)
    try f.field(&nodeEndpoints)
  }

  /// The partitions of one topic.
  package struct Topic: Message {
    package var topicID = TopicID.zero
    package var partitions: [Partition] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&topicID)
      try f.field(&partitions)
    }
  }

  /// The outcome for one partition.
  package struct Partition: Message {
    package var partitionIndex = PartitionID(0)
    package var errorCode = ErrorCode.none
    package var errorMessage: String?
    package var currentLeader = ShareLeader()

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&partitionIndex)
      try f.field(&errorCode)
      try f.field(&errorMessage)
      try f.field(&currentLeader)
    }
  }
}
