import KafkaProtocol

/// A member of a consumer group, as the log keeps it.
package struct ConsumerMember: AssignedMember, Equatable {
  /// Where a member stands on the way to what it shall have; the numbers are Kafka's.
  package enum State: Int8, Sendable {
    /// It has what its epoch's target gives it.
    case stable = 0
    /// It was told to give partitions up, and has not said that it did.
    case unrevokedPartitions = 1
    /// Others still have partitions that it shall have.
    case unreleasedPartitions = 2
    /// Written by a newer broker.
    case unknown = 127
  }

  /// The epoch of a static member that is away for a while.
  static let awayEpoch: Int32 = -2

  package let id: String
  /// Who it is, and what it subscribes to.
  package internal(set) var metadata = ConsumerGroupMemberMetadataValue()
  package internal(set) var epoch: Int32 = 0
  /// The one before: its client may not have heard of the present one.
  package internal(set) var previousEpoch: Int32 = 0
  package internal(set) var state = State.stable
  package internal(set) var assigned = PartitionAssignment()
  /// What it must give up before its epoch can go on.
  package internal(set) var pendingRevocation = PartitionAssignment()

  init(id: String) { self.id = id }

  var instanceID: String? { metadata.instanceID }

  /// What it speaks in the classic protocol; nil when it speaks the consumer protocol.
  var classic: ConsumerGroupMemberMetadataValue.ClassicMember? { metadata.classicMember }

  /// What the log keeps of its assignment.
  var currentAssignment: ConsumerGroupCurrentMemberAssignmentValue {
    ConsumerGroupCurrentMemberAssignmentValue {
      $0.memberEpoch = epoch
      $0.previousMemberEpoch = previousEpoch
      $0.state = state.rawValue
      $0.assignedPartitions = assigned.topics
      $0.partitionsPendingRevocation = pendingRevocation.topics
    }
  }

  mutating func replay(_ value: ConsumerGroupCurrentMemberAssignmentValue?) {
    let value = value ?? ConsumerGroupCurrentMemberAssignmentValue()
    epoch = value.memberEpoch
    previousEpoch = value.previousMemberEpoch
    state = State(rawValue: value.state) ?? .unknown
    assigned = PartitionAssignment(value.assignedPartitions)
    pendingRevocation = PartitionAssignment(value.partitionsPendingRevocation)
  }
}
