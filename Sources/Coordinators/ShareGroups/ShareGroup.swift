import KafkaProtocol

/// A share group (KIP-932), as the log keeps it: changes only by replay. What has been delivered is
/// not its business but that of the delivery state of its partitions.
struct ShareGroup: AssignedGroup, Equatable {
  let id: String
  private(set) var epoch: Int32 = 0
  private(set) var metadataHash: Int64 = 0
  private(set) var targetEpoch: Int32 = 0
  private(set) var members: [String: ShareMember] = [:]
  private(set) var targets: [String: PartitionAssignment] = [:]

  init(id: String) { self.id = id }

  /// The group's state under Kafka's names.
  var state: String { members.isEmpty ? "Empty" : "Stable" }

  func subscribedTopics(of member: ShareMember) -> Set<String> {
    Set(member.metadata.subscribedTopicNames)
  }

  // MARK: Replay

  mutating func replay(_ record: ShareGroupRecord) {
    switch record {
    case .epoch(let value):
      epoch = value?.epoch ?? 0
      metadataHash = value?.metadataHash ?? 0
    case .targetEpoch(let value): targetEpoch = value?.assignmentEpoch ?? 0
    case .member(let id, let value):
      if let value {
        members[id, default: ShareMember(id: id)].metadata = value
      } else {
        members[id] = nil
      }
    case .target(let id, let value):
      targets[id] = value.map { PartitionAssignment($0.topicPartitions) }
    case .current(let id, let value):
      // After compaction a member's assignment may come before the member, a tombstone after it.
      guard value != nil || members[id] != nil else { return }
      members[id, default: ShareMember(id: id)].replay(value)
    }
  }
}
