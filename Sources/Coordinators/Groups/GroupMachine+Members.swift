import KafkaProtocol

extension GroupMachine {
  /// Takes in a new member that waits for its first generation.
  mutating func add(
    _ id: String, _ request: JoinGroupRequest, _ client: GroupClient, _ token: ReplyToken
  ) {
    if state == .preparingRebalance, previousState == .empty { hasNewMember = true }
    if members.isEmpty { protocolType = request.protocolType }
    pendingMembers[id] = nil
    var member = GroupMember(
      id: id, instanceID: request.groupInstanceID, clientID: client.clientID,
      clientHost: client.host, sessionTimeoutMilliseconds: request.sessionTimeoutMilliseconds,
      rebalanceTimeoutMilliseconds: request.effectiveRebalanceTimeout,
      protocols: request.protocols, sequence: nextSequence)
    nextSequence += 1
    member.isNew = true
    member.joinToken = token
    awaitingJoinCount += 1
    member.sessionDeadline = now.monotonicMilliseconds + config.newMemberJoinTimeoutMilliseconds
    insert(member)
    arm(member.sessionDeadline)
    if leaderID == nil { leaderID = id }
  }

  /// Files a member, without any further effect.
  mutating func insert(_ member: GroupMember) {
    members[member.id] = member
    if let instanceID = member.instanceID { staticMembers[instanceID] = member.id }
    count(member.protocols, 1)
  }

  /// Takes over what a member that joins again says, and keeps its request waiting.
  mutating func update(_ id: String, _ request: JoinGroupRequest, _ token: ReplyToken) {
    guard let old = members[id] else { return }
    count(old.protocols, -1)
    count(request.protocols, 1)
    members[id]?.protocols = request.protocols
    members[id]?.sessionTimeoutMilliseconds = request.sessionTimeoutMilliseconds
    members[id]?.rebalanceTimeoutMilliseconds = request.effectiveRebalanceTimeout
    // A client that asks twice has given up the first request.
    answerJoin(of: id, .rebalanceInProgress)
    members[id]?.joinToken = token
    awaitingJoinCount += 1
  }

  /// Forgets a member, pending or not; whatever it waits for is refused.
  @discardableResult
  mutating func remove(_ id: String) -> GroupMember? {
    pendingMembers[id] = nil
    answerJoin(of: id, .unknownMemberID)
    answerSync(of: id, .unknownMemberID)
    guard let member = members.removeValue(forKey: id) else { return nil }
    count(member.protocols, -1)
    if let instanceID = member.instanceID, staticMembers[instanceID] == id {
      staticMembers[instanceID] = nil
    }
    if leaderID == id { leaderID = members.values.min { $0.sequence < $1.sequence }?.id }
    return member
  }

  private mutating func count(_ protocols: [JoinGroupRequest.GroupProtocol], _ step: Int) {
    // A member that names an assignor twice knows it once.
    for name in Set(protocols.map(\.name)) {
      let count = protocolCounts[name, default: 0] + step
      protocolCounts[name] = count > 0 ? count : nil
    }
  }

  /// A member was heard of: its session begins anew.
  mutating func touch(_ id: String) {
    guard let timeout = members[id]?.sessionTimeoutMilliseconds else { return }
    let deadline = now.monotonicMilliseconds + Int64(timeout)
    members[id]?.sessionDeadline = deadline
    arm(deadline)
  }

  // MARK: Answers to those who wait

  /// Refuses a JoinGroup that waits, if there is one.
  mutating func answerJoin(of id: String, _ code: ErrorCode) {
    guard let token = takeJoinToken(of: id) else { return }
    refuseJoin(token, code, id)
  }

  mutating func takeJoinToken(of id: String) -> ReplyToken? {
    guard let token = members[id]?.joinToken else { return nil }
    members[id]?.joinToken = nil
    awaitingJoinCount -= 1
    return token
  }

  /// Refuses a SyncGroup that waits, if there is one.
  mutating func answerSync(of id: String, _ code: ErrorCode) {
    guard let token = members[id]?.syncToken else { return }
    members[id]?.syncToken = nil
    reply(token, .sync(SyncGroupResponse { $0.errorCode = code }))
  }
}

extension JoinGroupRequest {
  /// Version 0 has none, and nobody can wait for less than no time.
  var effectiveRebalanceTimeout: Int32 {
    rebalanceTimeoutMilliseconds < 0 ? sessionTimeoutMilliseconds : rebalanceTimeoutMilliseconds
  }
}
