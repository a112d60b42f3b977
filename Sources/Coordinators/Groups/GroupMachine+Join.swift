import KafkaProtocol

extension GroupMachine {
  mutating func join(
    _ request: JoinGroupRequest, _ client: GroupClient, _ token: ReplyToken
  ) {
    if let problem = joinProblem(request) {
      return refuseJoin(token, problem, request.memberID)
    }
    guard hasRoom(for: request) else {
      remove(request.memberID)
      return refuseJoin(token, .groupMaxSizeReached, "")
    }
    guard supports(request) else {
      return refuseJoin(token, .inconsistentGroupProtocol, request.memberID)
    }
    if request.memberID.isEmpty {
      joinNew(request, client, token)
    } else if pendingMembers[request.memberID] != nil, request.groupInstanceID == nil {
      add(request.memberID, request, client, token)
      rebalanceOrCompleteJoin()
    } else if let problem = identityProblem(request.memberID, request.groupInstanceID) {
      refuseJoin(token, problem, request.memberID)
    } else {
      rejoin(request, token)
    }
  }

  mutating func refuseJoin(_ token: ReplyToken, _ code: ErrorCode, _ memberID: String) {
    reply(
      token,
      .join(
        JoinGroupResponse {
          $0.errorCode = code
          $0.memberID = memberID
        }))
  }

  func joinProblem(_ request: JoinGroupRequest) -> ErrorCode? {
    if groupID.isEmpty { return .invalidGroupID }
    if state == .dead { return .coordinatorNotAvailable }
    let timeout = Int64(request.sessionTimeoutMilliseconds)
    let least = config.minimumSessionTimeoutMilliseconds
    guard timeout >= least, timeout <= config.maximumSessionTimeoutMilliseconds else {
      return .invalidSessionTimeout
    }
    return nil
  }

  /// Whether the group takes this member (`group.max.size`): who is in may stay, but of those who
  /// join again while a rebalance is prepared only the first are taken.
  private func hasRoom(for request: JoinGroupRequest) -> Bool {
    let holder = request.groupInstanceID.flatMap { staticMembers[$0] }
    let member = members[request.memberID.isEmpty ? holder ?? "" : request.memberID]
    if member == nil, request.memberID.isEmpty,
      pendingMembers.count >= config.maximumPendingMembers
    {
      return false
    }
    switch state {
    case .empty, .dead: return true
    case .preparingRebalance:
      return member?.isAwaitingJoin == true || awaitingJoinCount < config.maximumSize
    case .completingRebalance, .stable: return member != nil || members.count < config.maximumSize
    }
  }

  /// Whether the member can talk with the others: same protocol type, and an assignor that all
  /// present members know.
  private func supports(_ request: JoinGroupRequest) -> Bool {
    if members.isEmpty { return !request.protocolType.isEmpty && !request.protocols.isEmpty }
    return request.protocolType == protocolType
      && request.protocols.contains { protocolCounts[$0.name] == members.count }
  }

  private mutating func joinNew(
    _ request: JoinGroupRequest, _ client: GroupClient, _ token: ReplyToken
  ) {
    let id = random.memberID(request.groupInstanceID ?? client.clientID)
    if let instanceID = request.groupInstanceID {
      if let old = staticMembers[instanceID] {
        return replaceStatic(instanceID, old, with: id, request, client, token)
      }
    } else if client.mustKnowMemberID {
      let deadline = now.monotonicMilliseconds + Int64(request.sessionTimeoutMilliseconds)
      pendingMembers[id] = deadline
      arm(deadline)
      return refuseJoin(token, .memberIDRequired, id)
    }
    add(id, request, client, token)
    rebalanceOrCompleteJoin()
  }

  /// A member of the group joins again.
  private mutating func rejoin(_ request: JoinGroupRequest, _ token: ReplyToken) {
    let id = request.memberID
    let isUnchanged = members[id]?.protocols == request.protocols
    switch state {
    case .preparingRebalance:
      update(id, request, token)
      rebalanceOrCompleteJoin()
    case .completingRebalance where isUnchanged:
      // Its first answer may have been lost: it gets the generation again.
      answerWithGeneration(id, token, withMembers: id == leaderID)
    case .stable where isUnchanged && id != leaderID:
      answerWithGeneration(id, token, withMembers: false)
    case .completingRebalance, .stable:
      // A leader that joins again asks for a rebalance: its topics may have changed.
      update(id, request, token)
      rebalanceOrCompleteJoin()
    case .empty, .dead: refuseJoin(token, .unknownMemberID, id)
    }
  }

  private mutating func answerWithGeneration(
    _ id: String, _ token: ReplyToken, withMembers: Bool
  ) {
    reply(token, .join(generation(for: id, members: withMembers ? told() : [])))
    touch(id)
  }

  /// What the leader is told of the members.
  func told() -> [JoinGroupResponse.Member] {
    membersInOrder.map { member in
      JoinGroupResponse.Member {
        $0.memberID = member.id
        $0.groupInstanceID = member.instanceID
        $0.metadata = member.metadata(for: protocolName)
      }
    }
  }

  /// The present generation as a JoinGroup's answer.
  func generation(for id: String, members: [JoinGroupResponse.Member]) -> JoinGroupResponse {
    JoinGroupResponse {
      $0.generationID = generationID
      $0.protocolType = protocolType
      $0.protocolName = protocolName
      $0.leader = leaderID ?? ""
      $0.memberID = id
      $0.members = members
    }
  }
}
