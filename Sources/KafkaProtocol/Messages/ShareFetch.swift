import Records

/// Acquires records of partitions for a member of a share group, and says what became of those that
/// it had acquired before (KIP-932).
package struct ShareFetchRequest: KafkaRequest {
  package typealias Response = ShareFetchResponse

  package static let api = API(.shareFetch, versions: 1...2, flexibleFrom: 0)

  package var groupID: String?
  package var memberID: String?
  /// 0 opens a share session, −1 closes it, else the number of this request in it.
  package var shareSessionEpoch: Int32 = 0
  /// How long to wait for `minBytes`.
  package var maxWaitMilliseconds: Int32 = 0
  package var minBytes: Int32 = 0
  package var maxBytes = Int32.max
  package var maxRecords: Int32 = 0
  /// How many records acquired ranges should have, for the sake of acknowledgements.
  package var batchSize: Int32 = 0
  /// 0 acquires whole batches, 1 never more than `maxRecords` (KIP-1206).
  package var shareAcquireMode: Int8 = 0
  /// Some acknowledgements renew locks, so that no records are wanted (KIP-1222).
  package var isRenewAck = false
  /// Partitions that join the session, or have something acknowledged.
  package var topics: [AcknowledgedTopic] = []
  /// Partitions that leave the session.
  package var forgottenTopicsData: [TopicIDPartitions] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&groupID)
    try f.field(&memberID)
    try f.field(&shareSessionEpoch)
    try f.field(&maxWaitMilliseconds)
    try f.field(&minBytes)
    try f.field(&maxBytes)
    try f.field(&maxRecords, in: 1...)
    try f.field(&batchSize, in: 1...)
    try f.field(&shareAcquireMode, in: 2...)
    try f.field(&isRenewAck, in: 2...)
    try f.field(&topics)
    try f.field(&forgottenTopicsData)
  }
}

/// Carries batches, and says which of their records the member has acquired.
package struct ShareFetchResponse: KafkaResponse {
  package static let api = ShareFetchRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var errorMessage: String?
  /// How long acquired records are the member's own.
  package var acquisitionLockTimeoutMilliseconds: Int32 = 0
  package var responses: [Topic] = []
  package var nodeEndpoints: [NodeEndpoint] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&errorCode)
    try f.field(&errorMessage)
    try f.field(&acquisitionLockTimeoutMilliseconds, in: 1...)
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

  /// The batches of one partition, and the outcome of its acknowledgements.
  package struct Partition: Message {
    package var partitionIndex = PartitionID(0)
    package var errorCode = ErrorCode.none
    package var errorMessage: String?
    package var acknowledgeErrorCode = ErrorCode.none
    package var acknowledgeErrorMessage: String?
    package var currentLeader = ShareLeader()
    package var records = RecordPayload.empty
    package var acquiredRecords: [AcquiredRecords] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&partitionIndex)
      try f.field(&errorCode)
      try f.field(&errorMessage)
      try f.field(&acknowledgeErrorCode)
      try f.field(&acknowledgeErrorMessage)
      try f.field(&currentLeader)
      try f.field(&records, in: .all, nullable: 0...0)
      try f.field(&acquiredRecords)
    }
  }

  /// A range of records that the member has acquired.
  package struct AcquiredRecords: Message {
    package var firstOffset = Offset(0)
    package var lastOffset = Offset(0)
    /// How often they have been delivered, this time included.
    package var deliveryCount: Int16 = 0

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&firstOffset)
      try f.field(&lastOffset)
      try f.field(&deliveryCount)
    }
  }
}

/// Who leads a partition, in answers to members of share groups: 0 of epoch 0 where nothing is
/// wrong.
package struct ShareLeader: Message {
  package var leaderID: Int32 = 0
  package var leaderEpoch = LeaderEpoch(0)

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&leaderID)
    try f.field(&leaderEpoch)
  }
}
