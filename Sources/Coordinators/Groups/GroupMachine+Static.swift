import KafkaProtocol

extension GroupMachine {
  /// A static member came back under a new id: it takes its old place, and the old id is fenced
  /// (KIP-345).
  mutating func replaceStatic(
    _ instanceID: String, _ old: String, with id: String, _ request: JoinGroupRequest,
    _ client: GroupClient, _ token: ReplyToken
  ) {
    let leaderBefore = leaderID
    rename(old, to: id)
    members[id]?.clientID = client.clientID
    members[id]?.clientHost = client.host
    update(id, request, token)
    touch(id)
    switch state {
    case .stable where selectProtocol() == protocolName:
      // Nothing changes for the others: only the new id is to be kept.
      let isLeader = id == leaderID
      var answer = generation(for: id, members: [])
      if client.canSkipAssignment {
        answer.members = isLeader ? told() : []
        answer.skipAssignment = isLeader
      } else {
        // A leader that knew itself would assign anew; under the old id it does not (KIP-345).
        answer.leader = leaderBefore ?? ""
      }
      persist(
        [.metadata(group: groupID, metadataValue())],
        then: .staticMember(token, memberID: id, answer))
    case .stable, .completingRebalance:
      // The leader may be assigning to the old id.
      prepareRebalance()
    case .preparingRebalance: completeJoinIfAllHere()
    case .empty, .dead: break
    }
  }

  /// The new id is durable; a rebalance that began meanwhile answers the member itself.
  mutating func staticMemberPersisted(
    _ token: ReplyToken, _ id: String, _ answer: JoinGroupResponse, _ failure: ErrorCode?
  ) {
    guard state == .stable, members[id]?.joinToken == token, takeJoinToken(of: id) != nil else {
      return
    }
    members[id]?.isNew = false
    if let failure {
      refuseJoin(token, failure, "")
    } else {
      reply(token, .join(answer))
    }
    touch(id)
  }

  private mutating func rename(_ old: String, to id: String) {
    answerJoin(of: old, .fencedInstanceID)
    answerSync(of: old, .fencedInstanceID)
    guard var member = members.removeValue(forKey: old), let instanceID = member.instanceID else {
      return
    }
    member.id = id
    members[id] = member
    staticMembers[instanceID] = id
    if leaderID == old { leaderID = id }
  }
}
