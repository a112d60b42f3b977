import KafkaProtocol

extension ShareGroupMachine {
  /// Answers a ShareGroupHeartbeat that `refusal` has passed.
  mutating func heartbeat(
    _ request: ShareGroupHeartbeatRequest, _ client: GroupClient
  ) -> ShareGroupHeartbeatResponse {
    do throws(GroupRefusal) {
      return request.memberEpoch < 0 ? try leave(request) : try stay(request, client)
    } catch {
      return .refused(error)
    }
  }

  private mutating func stay(
    _ request: ShareGroupHeartbeatRequest, _ client: GroupClient
  ) throws(GroupRefusal) -> ShareGroupHeartbeatResponse {
    let known = try find(request)
    let before = known ?? ShareMember(id: request.memberID)
    let isChanged = update(before, isNew: known == nil, request, client)
    refresh(subscriptionsChanged: isChanged)
    updateTargets()
    reconcile(before.id)
    touch(before.id)
    let after = group.members[before.id] ?? before
    // Who tells all of itself, or an epoch that is gone, may not have had the last answer.
    let mayNotKnow = request.subscribedTopicNames != nil || request.memberEpoch != before.epoch
    return ShareGroupHeartbeatResponse {
      $0.memberID = after.id
      $0.memberEpoch = after.epoch
      $0.heartbeatIntervalMilliseconds = timing.heartbeatIntervalMilliseconds
      if mayNotKnow || after.assigned != before.assigned { $0.assignment = after.assigned.told }
    }
  }

  /// The member that the request is of; nil for one that is to be made.
  private func find(_ request: ShareGroupHeartbeatRequest) throws(GroupRefusal) -> ShareMember? {
    let isJoining = request.memberEpoch == 0
    if let known = group.members[request.memberID] {
      if !isJoining { try known.check(request.memberEpoch) }
      return known
    }
    guard isJoining else { throw .unknown(request.memberID) }
    guard group.members.count < config.shareMaximumSize else {
      throw GroupRefusal(
        .groupMaxSizeReached,
        "The share group has reached its maximum capacity of \(config.shareMaximumSize) members.")
    }
    return nil
  }

  /// Takes over what the request says of the member; true when its subscription is another.
  private mutating func update(
    _ member: ShareMember, isNew: Bool, _ request: ShareGroupHeartbeatRequest,
    _ client: GroupClient
  ) -> Bool {
    var metadata = member.metadata
    metadata.clientID = client.clientID
    metadata.clientHost = client.host
    if let rackID = request.rackID { metadata.rackID = rackID }
    if let names = request.subscribedTopicNames {
      metadata.subscribedTopicNames = Set(names).sorted()
    }
    if isNew || metadata != member.metadata { write(.member(member.id, metadata)) }
    return isNew || metadata.subscribedTopicNames != member.metadata.subscribedTopicNames
  }

  private mutating func leave(
    _ request: ShareGroupHeartbeatRequest
  ) throws(GroupRefusal) -> ShareGroupHeartbeatResponse {
    guard group.members[request.memberID] != nil else { throw .unknown(request.memberID) }
    remove([request.memberID])
    return ShareGroupHeartbeatResponse {
      $0.memberID = request.memberID
      $0.memberEpoch = request.memberEpoch
    }
  }
}

extension ShareMember {
  /// Refuses a heartbeat with an epoch that is not the member's; the one before is taken, since the
  /// answer with the present one may have been lost.
  fileprivate func check(_ given: Int32) throws(GroupRefusal) {
    guard given != epoch, given != previousEpoch else { return }
    throw GroupRefusal(
      .fencedMemberEpoch,
      "The share group member has epoch \(given), the group coordinator knows \(epoch). The member "
        + "must abandon all its partitions and rejoin.")
  }
}

extension ShareGroupHeartbeatResponse {
  static func refused(_ refusal: GroupRefusal) -> ShareGroupHeartbeatResponse {
    ShareGroupHeartbeatResponse {
      $0.errorCode = refusal.code
      $0.errorMessage = refusal.message
    }
  }
}
