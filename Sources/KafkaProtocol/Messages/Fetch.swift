import Records

/// Reads record batches from partitions, waiting until there are enough.
package struct FetchRequest: KafkaRequest {
  package typealias Response = FetchResponse

  package static let api = API(.fetch, versions: 4...18, flexibleFrom: 12)

  package var replicaID: Int32 = -1
  /// How long to wait for `minBytes`.
  package var maxWaitMilliseconds: Int32 = 0
  package var minBytes: Int32 = 0
  package var maxBytes = Int32.max
  /// 0 reads all records, 1 only those of committed transactions.
  package var isolationLevel: Int8 = 0
  package var sessionID: Int32 = 0
  package var sessionEpoch: Int32 = -1
  package var topics: [Topic] = []
  package var forgottenTopicsData: [ForgottenTopic] = []
  package var rackID = ""
  package var clusterID: String?
  package var replicaState = ReplicaState()

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&replicaID, in: 0...14)
    try f.field(&maxWaitMilliseconds)
    try f.field(&minBytes)
    try f.field(&maxBytes)
    try f.field(&isolationLevel)
    try f.field(&sessionID, in: 7...)
    try f.field(&sessionEpoch, in: 7...)
    try f.field(&topics)
    try f.field(&forgottenTopicsData, in: 7...)
    try f.field(&rackID, in: 11...)
    try f.tagged(0, &clusterID, in: 12...)
    try f.tagged(1, &replicaState, in: 15...)
  }

  /// The partitions of one topic: by name up to version 12, then by id (KIP-516).
  package struct Topic: Message {
    package var topic: WireString = ""
    package var topicID = TopicID.zero
    package var partitions: [Partition] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&topic, in: 0...12)
      try f.field(&topicID, in: 13...)
      try f.field(&partitions)
    }
  }

  /// Partitions that leave the fetch session (KIP-227).
  package struct ForgottenTopic: Message {
    package var topic: WireString = ""
    package var topicID = TopicID.zero
    package var partitions: [PartitionID] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&topic, in: 7...12)
      try f.field(&topicID, in: 13...)
      try f.field(&partitions)
    }
  }

  /// Which replica fetches, from version 15 on; consumers leave it out (KIP-903).
  package struct ReplicaState: Message {
    package var replicaID: Int32 = -1
    package var replicaEpoch: Int64 = -1

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&replicaID)
      try f.field(&replicaEpoch)
    }
  }

  /// Where to read in one partition, and how much.
  package struct Partition: Message {
    package var partition = PartitionID(0)
    package var currentLeaderEpoch = LeaderEpoch(-1)
    package var fetchOffset = Offset(0)
    package var lastFetchedEpoch = LeaderEpoch(-1)
    package var logStartOffset = Offset(-1)
    package var partitionMaxBytes: Int32 = 0
    package var replicaDirectoryID = TopicID.zero
    package var highWatermark = Offset(.max)

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&partition)
      try f.field(&currentLeaderEpoch, in: 9...)
      try f.field(&fetchOffset)
      try f.field(&lastFetchedEpoch, in: 12...)
      try f.field(&logStartOffset, in: 5...)
      try f.field(&partitionMaxBytes)
      try f.tagged(0, &replicaDirectoryID, in: 17...)
      try f.tagged(1, &highWatermark, in: 18..., default: Offset(.max))
    }
  }
}

/// Carries record batches of partitions.
package struct FetchResponse: KafkaResponse {
  package static let api = FetchRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var sessionID: Int32 = 0
  package var responses: [Topic] = []
  package var nodeEndpoints: [NodeEndpoint] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&errorCode, in: 7...)
    try f.field(&sessionID, in: 7...)
    try f.field(&responses)
    try f.tagged(0, &nodeEndpoints, in: 16...)
  }

  /// The partitions of one topic.
  package struct Topic: Message {
    package var topic: WireString = ""
    package var topicID = TopicID.zero
    package var partitions: [Partition] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&topic, in: 0...12)
      try f.field(&topicID, in: 13...)
      try f.field(&partitions)
    }
  }

  /// The batches of one partition, or why there are none.
  package struct Partition: Message {
    package var partitionIndex = PartitionID(0)
    package var errorCode = ErrorCode.none
    package var highWatermark = Offset(0)
    package var lastStableOffset = Offset(-1)
    package var logStartOffset = Offset(-1)
    /// Nil unless the reader asked for committed records only.
    package var abortedTransactions: [AbortedTransaction]? = []
    package var preferredReadReplica: Int32 = -1
    package var records = RecordPayload.empty
    package var divergingEpoch = EpochEndOffset()
    package var currentLeader = LeaderIDAndEpoch()
    package var snapshotID = SnapshotID()

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&partitionIndex)
      try f.field(&errorCode)
      try f.field(&highWatermark)
      try f.field(&lastStableOffset)
      try f.field(&logStartOffset, in: 5...)
      try f.field(&abortedTransactions)
      try f.field(&preferredReadReplica, in: 11...)
      try f.field(&records)
      try f.tagged(0, &divergingEpoch, in: 12...)
      try f.tagged(1, &currentLeader, in: 12...)
      try f.tagged(2, &snapshotID, in: 12...)
    }
  }

  /// A transaction in the range whose records a committed reader must skip.
  package struct AbortedTransaction: Message {
    package var producerID: Int64 = 0
    package var firstOffset = Offset(0)

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&producerID)
      try f.field(&firstOffset)
    }
  }

  /// Where the log of an epoch ends that the reader is ahead of (KIP-595).
  package struct EpochEndOffset: Message {
    package var epoch = LeaderEpoch(-1)
    package var endOffset = Offset(-1)

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&epoch)
      try f.field(&endOffset)
    }
  }

  /// The snapshot that a metadata follower must fetch instead (KIP-630).
  package struct SnapshotID: Message {
    package var endOffset = Offset(-1)
    package var epoch = LeaderEpoch(-1)

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&endOffset)
      try f.field(&epoch)
    }
  }
}
