import KafkaProtocol

/// A member of a share group, as the log keeps it.
struct ShareMember: AssignedMember, Equatable {
  let id: String
  /// Who it is, and what it subscribes to.
  var metadata = ShareGroupMemberMetadataValue()
  var epoch: Int32 = 0
  /// The one before: its client may not have heard of the present one.
  var previousEpoch: Int32 = 0
  var assigned = PartitionAssignment()

  init(id: String) { self.id = id }

  /// Share groups have no static members.
  var instanceID: String? { nil }

  /// What the log keeps of its assignment. The state is always Kafka's STABLE (0), since nobody has
  /// to give up partitions before others get them.
  var currentAssignment: ShareGroupCurrentMemberAssignmentValue {
    ShareGroupCurrentMemberAssignmentValue {
      $0.memberEpoch = epoch
      $0.previousMemberEpoch = previousEpoch
      $0.assignedPartitions = assigned.topics
    }
  }

  mutating func replay(_ value: ShareGroupCurrentMemberAssignmentValue?) {
    let value = value ?? ShareGroupCurrentMemberAssignmentValue()
    epoch = value.memberEpoch
    previousEpoch = value.previousMemberEpoch
    assigned = PartitionAssignment(value.assignedPartitions)
  }
}
