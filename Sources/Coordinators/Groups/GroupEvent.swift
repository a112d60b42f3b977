import KafkaProtocol
import Records

/// Names a request whose answer is owed; the driver's own.
package struct ReplyToken: Hashable, Sendable {
  package let rawValue: UInt64
  package init(_ value: UInt64) { rawValue = value }
}

/// Names records that a group waits for; unique in one group.
package struct PersistTicket: Hashable, Sendable {
  package let rawValue: UInt64
  init(_ value: UInt64) { rawValue = value }
}

/// Who sends a JoinGroup, and what its version allows.
package struct GroupClient: Equatable, Sendable {
  package var clientID: String
  package var host: String
  /// A member without an id is sent away with one first (version 4, KIP-394).
  package var mustKnowMemberID: Bool
  /// It understands `skipAssignment` (version 9, KIP-814).
  package var canSkipAssignment: Bool

  package init(
    clientID: String, host: String, mustKnowMemberID: Bool, canSkipAssignment: Bool
  ) {
    self.clientID = clientID
    self.host = host
    self.mustKnowMemberID = mustKnowMemberID
    self.canSkipAssignment = canSkipAssignment
  }
}

/// Offsets that a member, or somebody outside while the group is empty, wants kept.
package struct OffsetCommit: Equatable, Sendable {
  /// The generation, or the member's epoch in a group of the consumer protocol; negative for
  /// somebody outside.
  package var generationID: Int32
  package var memberID: String
  package var groupInstanceID: String?
  /// How long they are to be kept; negative for as long as the broker's config says.
  package var retentionMilliseconds: Int64
  /// It was sent in a version that has member epochs (9).
  package var knowsMemberEpochs: Bool
  package var partitions: [Partition]

  package struct Partition: Equatable, Sendable {
    package var topic: String
    package var partition: PartitionID
    package var offset: Offset
    package var leaderEpoch: LeaderEpoch
    package var metadata: String

    package init(
      topic: String, partition: PartitionID, offset: Offset,
      leaderEpoch: LeaderEpoch = LeaderEpoch(-1), metadata: String = ""
    ) {
      self.topic = topic
      self.partition = partition
      self.offset = offset
      self.leaderEpoch = leaderEpoch
      self.metadata = metadata
    }
  }

  package init(
    generationID: Int32 = -1, memberID: String = "", groupInstanceID: String? = nil,
    retentionMilliseconds: Int64 = -1, knowsMemberEpochs: Bool = false, partitions: [Partition]
  ) {
    self.generationID = generationID
    self.memberID = memberID
    self.groupInstanceID = groupInstanceID
    self.retentionMilliseconds = retentionMilliseconds
    self.knowsMemberEpochs = knowsMemberEpochs
    self.partitions = partitions
  }
}

/// What happens to a group.
package enum GroupEvent: Sendable {
  case join(JoinGroupRequest, GroupClient, ReplyToken)
  case sync(SyncGroupRequest, ReplyToken)
  case heartbeat(HeartbeatRequest, ReplyToken)
  /// Of the consumer protocol; the request has passed `refusal`.
  case consumerHeartbeat(ConsumerGroupHeartbeatRequest, GroupClient, ReplyToken)
  /// Of a share group; the request has passed `refusal`.
  case shareHeartbeat(ShareGroupHeartbeatRequest, GroupClient, ReplyToken)
  /// Somebody is about to set where an empty share group reads on: it is made if it is not there.
  case prepareShare(ReplyToken)
  case leave([LeaveGroupRequest.Member], ReplyToken)
  case commit(OffsetCommit, ReplyToken)
  /// An administrator wants the group gone.
  case delete(ReplyToken)
  /// An administrator wants these offsets gone.
  case deleteOffsets([OffsetKey], ReplyToken)
  /// Offsets that count when the producer's transaction commits.
  case commitInTransaction(OffsetCommit, ProducerIdentity, ReplyToken)
  /// The time of the last `wake` action has come, or one before.
  case wake
  /// The ticket's records are as durable as they will be. Tickets come in the order of their
  /// `persist` actions.
  case persisted(PersistTicket)
  /// The ticket's records could not be stored.
  case failed(PersistTicket, ErrorCode)
  /// It is time to look for offsets that nobody needs any more.
  case expireOffsets
  /// These topics are gone.
  case topicsDeleted([String])
  /// The coordinator stops or moves: everyone who waits is sent away.
  case unload
}
