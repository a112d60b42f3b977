import KafkaProtocol

extension GroupMachine {
  mutating func sync(_ request: SyncGroupRequest, _ token: ReplyToken) {
    if let problem = syncProblem(request) {
      return reply(token, .sync(SyncGroupResponse { $0.errorCode = problem }))
    }
    let id = request.memberID
    switch state {
    case .empty, .dead:
      reply(token, .sync(SyncGroupResponse { $0.errorCode = .unknownMemberID }))
    case .preparingRebalance:
      reply(token, .sync(SyncGroupResponse { $0.errorCode = .rebalanceInProgress }))
    case .completingRebalance:
      answerSync(of: id, .rebalanceInProgress)
      members[id]?.syncToken = token
      members[id]?.owesSync = false
      if id == leaderID { keep(request.assignments) }
    case .stable:
      members[id]?.owesSync = false
      reply(token, .sync(assignment(of: id)))
      touch(id)
    }
  }

  private func syncProblem(_ request: SyncGroupRequest) -> ErrorCode? {
    if groupID.isEmpty { return .invalidGroupID }
    if state == .dead { return .coordinatorNotAvailable }
    if let problem = identityProblem(request.memberID, request.groupInstanceID) { return problem }
    if request.generationID != generationID { return .illegalGeneration }
    if let type = request.protocolType, let protocolType, type != protocolType {
      return .inconsistentGroupProtocol
    }
    if let name = request.protocolName, let protocolName, name != protocolName {
      return .inconsistentGroupProtocol
    }
    return nil
  }

  /// Persists what the leader decided; members it left out get nothing.
  private mutating func keep(_ assignments: [SyncGroupRequest.Assignment]) {
    let isUnderWay = inFlight.values.contains {
      if case .assignment(generationID, _) = $0 { true } else { false }
    }
    // A leader that asks twice gets what it said first: that is what the log holds.
    guard !isUnderWay else { return }
    var decided: [String: [UInt8]] = [:]
    for id in members.keys { decided[id] = [] }
    for entry in assignments where members[entry.memberID] != nil {
      decided[entry.memberID] = entry.assignment
    }
    persist(
      [.metadata(group: groupID, metadataValue(assignments: decided))],
      then: .assignment(generation: generationID, decided))
  }

  /// The assignment is durable: it takes force, unless the group has gone on meanwhile.
  mutating func assignmentPersisted(_ generation: Int32, _ assignments: [String: [UInt8]]) {
    guard state == .completingRebalance, generation == generationID else { return }
    transition(to: .stable)
    for member in membersInOrder {
      members[member.id]?.assignment = assignments[member.id] ?? []
      // Sessions were not counted while members waited here.
      touch(member.id)
      guard let token = member.syncToken else { continue }
      members[member.id]?.syncToken = nil
      reply(token, .sync(assignment(of: member.id)))
    }
  }

  mutating func assignmentFailed(_ generation: Int32, _ code: ErrorCode) {
    guard state == .completingRebalance, generation == generationID else { return }
    refuseAssignment(code)
    prepareRebalance()
  }

  /// Takes the assignments back and refuses those who wait for theirs.
  mutating func refuseAssignment(_ code: ErrorCode) {
    for member in membersInOrder {
      members[member.id]?.assignment = []
      guard member.syncToken != nil else { continue }
      answerSync(of: member.id, code)
      touch(member.id)
    }
  }

  private func assignment(of id: String) -> SyncGroupResponse {
    SyncGroupResponse {
      $0.protocolType = protocolType
      $0.protocolName = protocolName
      $0.assignment = members[id]?.assignment ?? []
    }
  }
}
