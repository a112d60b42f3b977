import KafkaProtocol

// A group of the consumer protocol, and how a group becomes one and ceases to be one.
extension GroupMachine {
  // MARK: Drafts

  mutating func runConsumerDraft() {
    guard var draft = consumer else { return }
    draft.begin(at: now, in: surroundings)
    var replies: [(ReplyToken, GroupReply)] = []
    while let event = waitingEvents.first, draft.successor == nil {
      if case .join = event, draft.group.members.isEmpty {
        // Nobody is there: whoever joins decides what kind of group it is.
        if draft.records.isEmpty { return replaceEmptyConsumer(draft) }
        break
      }
      waitingEvents.removeFirst()
      if let answer = answer(event, &draft) { replies.append(answer) }
    }
    keep(draft, replies)
  }

  private func answer(
    _ event: GroupEvent, _ draft: inout ConsumerGroupMachine
  ) -> (ReplyToken, GroupReply)? {
    switch event {
    case .consumerHeartbeat(let request, let client, let token):
      return (token, .consumerHeartbeat(draft.heartbeat(named(request, client), client)))
    case .join(let request, let client, let token):
      if let problem = joinProblem(request) {
        let refusal = JoinGroupResponse {
          $0.errorCode = problem
          $0.memberID = request.memberID
        }
        return (token, .join(refusal))
      }
      return (token, .join(draft.join(request, client)))
    case .sync(let request, let token): return (token, .sync(draft.sync(request)))
    case .heartbeat(let request, let token): return (token, .heartbeat(draft.heartbeat(request)))
    case .leave(let members, let token): return (token, .leave(.none, draft.leave(members)))
    case .shareHeartbeat(_, _, let token):
      return (token, .shareHeartbeat(.refused(.noShareGroup(groupID))))
    case .prepareShare(let token): return (token, .sharePrepared(.groupIDNotFound))
    default:
      draft.passDeadlines()
      return nil
    }
  }

  /// Gives a member without an id one (version 0).
  private func named(
    _ request: ConsumerGroupHeartbeatRequest, _ client: GroupClient
  ) -> ConsumerGroupHeartbeatRequest {
    guard request.memberID.isEmpty else { return request }
    var named = request
    named.memberID = random.memberID(client.clientID)
    return named
  }

  /// A change of the members is durable.
  mutating func takeForce(_ next: ConsumerGroupMachine) {
    if consumer == nil { endClassicMembers() }
    if let value = next.successor {
      consumer = nil
      replay(classic: value)
      for id in members.keys { touch(id) }
      prepareRebalance()
    } else {
      // An empty one that made room for a classic group.
      consumer = next.group.epoch > 0 ? next : nil
    }
  }

  // MARK: Changing kinds

  /// A heartbeat of the consumer protocol came to a classic group, or to none.
  mutating func beginConsumer(
    _ request: ConsumerGroupHeartbeatRequest, _ client: GroupClient, _ token: ReplyToken
  ) {
    if state == .dead {
      let refusal = ConsumerGroupHeartbeatResponse { $0.errorCode = .notCoordinator }
      return reply(token, .consumerHeartbeat(refusal))
    }
    var draft = ConsumerGroupMachine(id: groupID, config: config, random: random)
    draft.begin(at: now, in: surroundings)
    do throws(GroupRefusal) {
      guard request.memberEpoch == 0 else { throw .noConsumerGroup(groupID) }
      if generationID > 0 || protocolType != nil {
        draft.records.append(.metadata(group: groupID, nil))
      }
      if !members.isEmpty { try adoptMembers(&draft) }
    } catch {
      return reply(token, .consumerHeartbeat(.refused(error)))
    }
    let answer = draft.heartbeat(named(request, client), client)
    guard answer.errorCode == .none else { return reply(token, .consumerHeartbeat(answer)) }
    keep(draft, [(token, .consumerHeartbeat(answer))])
  }

  private func adoptMembers(_ draft: inout ConsumerGroupMachine) throws(GroupRefusal) {
    guard config.migrationPolicy.allowsUpgrade, protocolType == "consumer",
      members.count <= config.consumerMaximumSize
    else { throw .noConsumerGroup(groupID) }
    let generation = max(generationID, 1)
    draft.begin(at: generation)
    do throws(WireError) {
      for member in membersInOrder {
        try draft.adopt(member, protocolName: protocolName, generation: generation)
      }
    } catch {
      throw GroupRefusal(
        .groupIDNotFound,
        "Cannot upgrade classic group \(groupID): a member does not speak the consumer protocol.")
    }
  }

  /// The classic group has become one of the consumer protocol: who waits is sent to join again.
  private mutating func endClassicMembers() {
    for member in membersInOrder {
      answerJoin(of: member.id, .rebalanceInProgress)
      answerSync(of: member.id, .rebalanceInProgress)
    }
    replay(classic: GroupMetadataValue())
    pendingMembers = [:]
    joinDeadline = nil
    syncDeadline = nil
  }

  private mutating func replaceEmptyConsumer(_ empty: ConsumerGroupMachine) {
    var draft = empty
    draft.erase()
    keep(draft, [])
  }
}

extension GroupRefusal {
  static func noConsumerGroup(_ id: String) -> GroupRefusal {
    GroupRefusal(.groupIDNotFound, "Group \(id) is not a consumer group.")
  }
}
