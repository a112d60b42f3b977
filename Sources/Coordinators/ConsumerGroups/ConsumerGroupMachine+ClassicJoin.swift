import KafkaProtocol
import Platform
import Records

// Members of the classic protocol in a group of the consumer protocol: JoinGroup is a heartbeat
// that says what it has, and is answered at once; nobody leads, the coordinator assigns.
extension ConsumerGroupMachine {
  mutating func join(_ request: JoinGroupRequest, _ client: GroupClient) -> JoinGroupResponse {
    do throws(GroupRefusal) {
      return try joined(request, client)
    } catch {
      return JoinGroupResponse {
        $0.errorCode = error.code
        $0.memberID = request.memberID
      }
    }
  }

  private mutating func joined(
    _ request: JoinGroupRequest, _ client: GroupClient
  ) throws(GroupRefusal) -> JoinGroupResponse {
    let subscription = try readSubscription(request)
    if request.memberID.isEmpty, request.groupInstanceID == nil, client.mustKnowMemberID {
      try checkRoom()
      return JoinGroupResponse {
        $0.errorCode = .memberIDRequired
        $0.memberID = newID(request, client)
      }
    }
    let hadOnlyClassicMembers = hasOnlyClassicMembers
    let known = try find(request, client)
    let before = known ?? ConsumerMember(id: newID(request, client))
    let isChanged = update(before, isNew: known == nil, request, subscription, client)
    if !hadOnlyClassicMembers, hasOnlyClassicMembers {
      // It replaced the last one that spoke the consumer protocol.
      becomeClassicIfOnlyClassicMembersAreLeft()
      if successor != nil { throw GroupRefusal(.rebalanceInProgress, "The group was downgraded.") }
    }
    refresh(subscriptionsChanged: isChanged)
    updateTargets()
    reconcile(before.id, owned: owned(subscription))
    touch(before.id)
    let after = group.members[before.id] ?? before
    let deadline = rebalanceDeadline(of: after)
    deadlines[after.id]?.join = nil
    deadlines[after.id]?.sync = deadline
    return JoinGroupResponse {
      $0.memberID = after.id
      $0.generationID = after.epoch
      $0.protocolType = "consumer"
      $0.protocolName = request.protocols.first?.name
    }
  }

  // MARK: What it says

  private func readSubscription(
    _ request: JoinGroupRequest
  ) throws(GroupRefusal) -> ConsumerProtocolSubscription {
    guard request.protocolType == "consumer", let first = request.protocols.first,
      supports(request)
    else {
      throw GroupRefusal(.inconsistentGroupProtocol, "The member shares no assignor.")
    }
    do throws(WireError) {
      return try ConsumerProtocolSubscription(embedded: first.metadata)
    } catch {
      throw GroupRefusal(.inconsistentGroupProtocol, "The subscription cannot be read: \(error)")
    }
  }

  /// Whether all other classic members know one of the member's assignors: they may be among
  /// themselves again one day.
  private func supports(_ request: JoinGroupRequest) -> Bool {
    let others = group.members.values.filter { $0.id != request.memberID }.compactMap(\.classic)
    return others.isEmpty
      || request.protocols.contains { offered in
        others.allSatisfy { $0.supportedProtocols.contains { $0.name == offered.name } }
      }
  }

  private func owned(_ subscription: ConsumerProtocolSubscription) -> PartitionAssignment {
    PartitionAssignment(
      subscription.ownedPartitions.compactMap { owned in
        surroundings.topics.topic(named: owned.topic).map { ($0.id, owned.partitions) }
      })
  }

  // MARK: Who it is

  /// The member that joins; nil for one that is to be made.
  private mutating func find(
    _ request: JoinGroupRequest, _ client: GroupClient
  ) throws(GroupRefusal) -> ConsumerMember? {
    guard let instanceID = request.groupInstanceID else {
      if let known = group.members[request.memberID] { return known }
      try checkRoom()
      return nil
    }
    guard let holder = group.instances[instanceID].flatMap({ group.members[$0] }) else {
      guard request.memberID.isEmpty else { throw .unknownInstance(instanceID) }
      try checkRoom()
      return nil
    }
    if request.memberID.isEmpty { return takePlace(of: holder, as: newID(request, client)) }
    guard holder.id == request.memberID else { throw .fenced(instanceID) }
    return holder
  }

  private func newID(_ request: JoinGroupRequest, _ client: GroupClient) -> String {
    guard request.memberID.isEmpty else { return request.memberID }
    return random.memberID(request.groupInstanceID ?? client.clientID)
  }

  /// Takes over what the request says of the member; true when its subscription is another.
  private mutating func update(
    _ member: ConsumerMember, isNew: Bool, _ request: JoinGroupRequest,
    _ subscription: ConsumerProtocolSubscription, _ client: GroupClient
  ) -> Bool {
    var metadata = member.metadata
    metadata.instanceID = request.groupInstanceID
    metadata.rackID = subscription.rackID
    metadata.clientID = client.clientID
    metadata.clientHost = client.host
    metadata.subscribedTopicNames = Set(subscription.topics).sorted()
    metadata.subscribedTopicRegex = nil
    metadata.rebalanceTimeoutMilliseconds = request.effectiveRebalanceTimeout
    metadata.serverAssignor = nil
    metadata.classicMember = ConsumerGroupMemberMetadataValue.ClassicMember { classic in
      classic.sessionTimeoutMilliseconds = request.sessionTimeoutMilliseconds
      classic.supportedProtocols = request.protocols.map(\.recorded)
    }
    if isNew || metadata != member.metadata { write(.member(member.id, metadata)) }
    return isNew || metadata.subscribedTopicNames != member.metadata.subscribedTopicNames
      || member.metadata.subscribedTopicRegex != nil
  }
}

extension JoinGroupRequest.GroupProtocol {
  var recorded: ConsumerGroupMemberMetadataValue.ClassicProtocol {
    ConsumerGroupMemberMetadataValue.ClassicProtocol {
      $0.name = name
      $0.metadata = metadata
    }
  }
}
