import KafkaProtocol
import Records

// From a classic group to one of the consumer protocol and back, while members are there (KIP-848).
extension ConsumerGroupMachine {
  // MARK: From a classic group

  /// Takes in a member of the classic group with what it has: its epoch is the generation.
  ///
  /// - Throws: `WireError` when it does not speak the consumer's words.
  mutating func adopt(
    _ classic: GroupMember, protocolName: String?, generation: Int32
  ) throws(WireError) {
    let words = protocolName.map { classic.metadata(for: $0) } ?? classic.protocols.first?.metadata
    let subscription = try ConsumerProtocolSubscription(embedded: words ?? [])
    var member = ConsumerMember(id: classic.id)
    member.metadata.instanceID = classic.instanceID
    member.metadata.rackID = subscription.rackID
    member.metadata.clientID = classic.clientID
    member.metadata.clientHost = classic.clientHost
    member.metadata.rebalanceTimeoutMilliseconds = classic.rebalanceTimeoutMilliseconds
    member.metadata.subscribedTopicNames = Set(subscription.topics).sorted()
    member.metadata.classicMember = ConsumerGroupMemberMetadataValue.ClassicMember {
      $0.sessionTimeoutMilliseconds = classic.sessionTimeoutMilliseconds
      $0.supportedProtocols = classic.protocols.map(\.recorded)
    }
    member.epoch = generation
    member.previousEpoch = generation
    member.assigned = try assignment(of: classic)
    write(.member(member.id, member.metadata))
    if !member.assigned.isEmpty { writeTarget(member.assigned, of: member.id) }
    write(.current(member: member.id, member.currentAssignment))
    touch(member.id)
  }

  private func assignment(of classic: GroupMember) throws(WireError) -> PartitionAssignment {
    guard !classic.assignment.isEmpty else { return PartitionAssignment() }
    let embedded = try ConsumerProtocolAssignment(embedded: classic.assignment)
    return PartitionAssignment(
      embedded.assignedPartitions.compactMap { entry in
        surroundings.topics.topic(named: entry.topic).map { ($0.id, entry.partitions) }
      })
  }

  /// The classic group's generation is the first epoch.
  mutating func begin(at generation: Int32) {
    writeEpoch(generation, metadataHash: 0)
    writeTargetEpoch(generation)
  }

  // MARK: Back to a classic group

  var hasOnlyClassicMembers: Bool {
    !group.members.isEmpty && group.members.values.allSatisfy { $0.classic != nil }
  }

  /// The last member that spoke the consumer protocol is gone: the others go on among themselves.
  mutating func becomeClassicIfOnlyClassicMembersAreLeft() {
    guard successor == nil, config.migrationPolicy.allowsDowngrade, hasOnlyClassicMembers,
      group.members.count <= config.maximumSize, let name = commonProtocol
    else { return }
    let value = GroupMetadataValue { value in
      value.protocolType = "consumer"
      value.generation = group.epoch
      value.protocolName = name
      value.leader = group.membersInOrder.first?.id
      value.currentStateTimestamp = now.wallMilliseconds
      value.members = group.membersInOrder.map { recorded($0, name) }
    }
    erase()
    records.append(.metadata(group: group.id, value))
    successor = value
  }

  /// An assignor that all classic members know.
  private var commonProtocol: String? {
    let members = group.membersInOrder.compactMap(\.classic)
    return members.first?.supportedProtocols.map(\.name).first { name in
      members.allSatisfy { $0.supportedProtocols.contains { $0.name == name } }
    }
  }

  private func recorded(_ member: ConsumerMember, _ name: String) -> GroupMetadataValue.Member {
    GroupMetadataValue.Member { value in
      value.memberID = member.id
      value.groupInstanceID = member.metadata.instanceID
      value.clientID = member.metadata.clientID
      value.clientHost = member.metadata.clientHost
      value.rebalanceTimeoutMilliseconds = member.metadata.rebalanceTimeoutMilliseconds
      value.sessionTimeoutMilliseconds = member.classic?.sessionTimeoutMilliseconds ?? 0
      let offered = member.classic?.supportedProtocols.first { $0.name == name }
      value.subscription = offered?.metadata ?? []
      value.assignment = embeddedAssignment(of: member)
    }
  }
}
