import KafkaProtocol
import Records

extension ConsumerGroupMachine {
  /// Answers a ConsumerGroupHeartbeat that `refusal` has passed.
  mutating func heartbeat(
    _ request: ConsumerGroupHeartbeatRequest, _ client: GroupClient
  ) -> ConsumerGroupHeartbeatResponse {
    do throws(GroupRefusal) {
      return request.memberEpoch < 0
        ? try leave(request) : try stay(request, client)
    } catch {
      return .refused(error)
    }
  }

  private mutating func stay(
    _ request: ConsumerGroupHeartbeatRequest, _ client: GroupClient
  ) throws(GroupRefusal) -> ConsumerGroupHeartbeatResponse {
    let known = try find(request)
    let before = known ?? ConsumerMember(id: request.memberID)
    let isChanged = update(before, isNew: known == nil, request, client)
    refresh(subscriptionsChanged: isChanged)
    updateTargets()
    reconcile(before.id, owned: request.owned)
    touch(before.id)
    let after = group.members[before.id] ?? before
    return ConsumerGroupHeartbeatResponse {
      $0.memberID = after.id
      $0.memberEpoch = after.epoch
      $0.heartbeatIntervalMilliseconds = timing.heartbeatIntervalMilliseconds
      if request.wantsAssignment || after.assigned != before.assigned {
        $0.assignment = after.assigned.told
      }
    }
  }

  // MARK: Who it is

  /// The member that the request is of; nil for one that is to be made.
  private mutating func find(
    _ request: ConsumerGroupHeartbeatRequest
  ) throws(GroupRefusal) -> ConsumerMember? {
    let isJoining = request.memberEpoch == 0
    guard let instanceID = request.instanceID else {
      guard let known = group.members[request.memberID] else {
        return try noneYet(isJoining, GroupRefusal.unknown(request.memberID))
      }
      if !isJoining { try known.check(request) }
      return known
    }
    guard let holder = group.instances[instanceID].flatMap({ group.members[$0] }) else {
      return try noneYet(isJoining, GroupRefusal.unknownInstance(instanceID))
    }
    if isJoining { return try replace(holder, request.memberID) }
    guard holder.id == request.memberID else { throw .fenced(instanceID) }
    try holder.check(request)
    return holder
  }

  private func noneYet(
    _ isJoining: Bool, _ refusal: GroupRefusal
  ) throws(GroupRefusal) -> ConsumerMember? {
    guard isJoining else { throw refusal }
    try checkRoom()
    return nil
  }

  func checkRoom() throws(GroupRefusal) {
    guard group.members.count < config.consumerMaximumSize else {
      throw GroupRefusal(
        .groupMaxSizeReached,
        "The consumer group has reached its maximum capacity of \(config.consumerMaximumSize) "
          + "members.")
    }
  }

  /// A static member joins: it takes the place of its old incarnation, which must have left.
  private mutating func replace(
    _ holder: ConsumerMember, _ id: String
  ) throws(GroupRefusal) -> ConsumerMember {
    if holder.id == id { return holder }
    guard holder.epoch == ConsumerMember.awayEpoch || holder.classic != nil else {
      throw GroupRefusal(
        .unreleasedInstanceID,
        "Static member \(id) with instance id \(holder.metadata.instanceID ?? "") was already "
          + "being used by \(holder.id) without having been released.")
    }
    return takePlace(of: holder, as: id)
  }

  /// Gives all that a static member has to a new id, whose epoch begins anew.
  mutating func takePlace(of holder: ConsumerMember, as id: String) -> ConsumerMember {
    let target = group.target(of: holder.id)
    eraseMember(holder.id)
    write(.member(id, holder.metadata))
    if !target.isEmpty { writeTarget(target, of: id) }
    var heir = ConsumerMember(id: id)
    heir.metadata = holder.metadata
    heir.assigned = holder.assigned
    write(.current(member: id, heir.currentAssignment))
    return heir
  }

  // MARK: What it says

  /// Takes over what the request says of the member; true when its subscription is another.
  private mutating func update(
    _ member: ConsumerMember, isNew: Bool, _ request: ConsumerGroupHeartbeatRequest,
    _ client: GroupClient
  ) -> Bool {
    var metadata = member.metadata
    metadata.clientID = client.clientID
    metadata.clientHost = client.host
    metadata.classicMember = nil
    if let instanceID = request.instanceID { metadata.instanceID = instanceID }
    if let rackID = request.rackID { metadata.rackID = rackID }
    if request.rebalanceTimeoutMilliseconds >= 0 {
      metadata.rebalanceTimeoutMilliseconds = request.rebalanceTimeoutMilliseconds
    }
    if let names = request.subscribedTopicNames {
      metadata.subscribedTopicNames = Set(names).sorted()
    }
    if let expression = request.subscribedTopicRegex {
      metadata.subscribedTopicRegex = expression.isEmpty ? nil : expression
    }
    if let assignor = request.serverAssignor { metadata.serverAssignor = assignor }
    if isNew || metadata != member.metadata { write(.member(member.id, metadata)) }
    return isNew || metadata.subscribedTopicNames != member.metadata.subscribedTopicNames
      || metadata.subscribedTopicRegex != member.metadata.subscribedTopicRegex
  }

  // MARK: Leaving

  private mutating func leave(
    _ request: ConsumerGroupHeartbeatRequest
  ) throws(GroupRefusal) -> ConsumerGroupHeartbeatResponse {
    var member = group.members[request.memberID]
    if let instanceID = request.instanceID {
      guard let holder = group.instances[instanceID] else { throw .unknownInstance(instanceID) }
      guard holder == request.memberID else { throw .fenced(instanceID) }
    }
    guard let leaving = member else { throw .unknown(request.memberID) }
    if request.memberEpoch == ConsumerMember.awayEpoch {
      // Its place is kept until its session ends.
      member?.epoch = ConsumerMember.awayEpoch
      member?.pendingRevocation = PartitionAssignment()
      write(.current(member: leaving.id, member?.currentAssignment))
      deadlines[leaving.id]?.revocation = nil
    } else {
      remove([leaving.id])
    }
    return ConsumerGroupHeartbeatResponse {
      $0.memberID = leaving.id
      $0.memberEpoch = request.memberEpoch
      $0.heartbeatIntervalMilliseconds = timing.heartbeatIntervalMilliseconds
    }
  }
}

extension ConsumerMember {
  /// Refuses a heartbeat with an epoch that is not the member's; the one before is taken when the
  /// answer with the present one may have been lost.
  fileprivate func check(_ request: ConsumerGroupHeartbeatRequest) throws(GroupRefusal) {
    if classic != nil { throw .unknown(id) }
    if request.memberEpoch == epoch { return }
    if request.memberEpoch == previousEpoch, request.memberEpoch < epoch,
      let owned = request.owned, owned.isSubset(of: assigned)
    {
      return
    }
    throw GroupRefusal(
      .fencedMemberEpoch,
      "The consumer group member has epoch \(request.memberEpoch), the group coordinator knows "
        + "\(epoch). The member must abandon all its partitions and rejoin.")
  }
}
