import KafkaProtocol

extension GroupMachine {
  mutating func heartbeat(_ request: HeartbeatRequest, _ token: ReplyToken) {
    reply(token, .heartbeat(heartbeatAnswer(request)))
  }

  private mutating func heartbeatAnswer(_ request: HeartbeatRequest) -> ErrorCode {
    if groupID.isEmpty { return .invalidGroupID }
    if state == .dead { return .coordinatorNotAvailable }
    if let problem = identityProblem(request.memberID, request.groupInstanceID) { return problem }
    if request.generationID != generationID { return .illegalGeneration }
    guard state != .empty else { return .unknownMemberID }
    touch(request.memberID)
    return state == .preparingRebalance ? .rebalanceInProgress : .none
  }

  mutating func leave(_ leaving: [LeaveGroupRequest.Member], _ token: ReplyToken) {
    if groupID.isEmpty { return reply(token, .leave(.invalidGroupID, [])) }
    if state == .dead { return reply(token, .leave(.coordinatorNotAvailable, [])) }
    var hasLeft = false
    let outcomes = leaving.map { member in
      let code = leave(member)
      if code == .none { hasLeft = true }
      return LeaveGroupResponse.Member {
        $0.memberID = member.memberID
        $0.groupInstanceID = member.groupInstanceID
        $0.errorCode = code
      }
    }
    reply(token, .leave(.none, outcomes))
    if hasLeft { membersWent() }
  }

  private mutating func leave(_ member: LeaveGroupRequest.Member) -> ErrorCode {
    if member.memberID.isEmpty {
      // An administrator removes a static member by its name alone.
      guard let name = member.groupInstanceID, let id = staticMembers[name] else {
        return .unknownMemberID
      }
      remove(id)
      return .none
    }
    if pendingMembers[member.memberID] == nil,
      let problem = identityProblem(member.memberID, member.groupInstanceID)
    {
      return problem
    }
    remove(member.memberID)
    return .none
  }

  /// Some members are gone: those who stay share what they had.
  mutating func membersWent() {
    switch state {
    case .stable, .completingRebalance: prepareRebalance()
    case .preparingRebalance: completeJoinIfAllHere()
    case .empty, .dead: break
    }
  }

  // MARK: Deadlines

  /// Does all that is due, and asks for the next wake.
  mutating func passDeadlines() {
    armedAt = nil
    let time = now.monotonicMilliseconds
    if let deadline = joinDeadline, deadline.at <= time { joinDeadlinePassed(deadline) }
    if let deadline = syncDeadline, deadline <= time { syncDeadlinePassed() }
    let given = pendingMembers.filter { $0.value <= time }.keys.sorted()
    for id in given { pendingMembers[id] = nil }
    if !given.isEmpty { completeJoinIfAllHere() }
    for member in membersInOrder where isExpired(member.id) {
      remove(member.id)
      membersWent()
    }
    armedAt = nil
    if let next = nextDeadline { arm(next) }
  }

  private func isExpired(_ id: String) -> Bool {
    guard let member = members[id], member.canExpire else { return false }
    return member.sessionDeadline <= now.monotonicMilliseconds
  }

  private var nextDeadline: Int64? {
    var next = Int64.max
    if let joinDeadline { next = min(next, joinDeadline.at) }
    if let syncDeadline { next = min(next, syncDeadline) }
    for deadline in pendingMembers.values { next = min(next, deadline) }
    for member in members.values where member.canExpire {
      next = min(next, member.sessionDeadline)
    }
    return next == .max ? nil : next
  }
}
