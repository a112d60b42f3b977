import KafkaProtocol

// A group of the consumer protocol changes one batch of events at a time: what they decide is
// drafted, written, and takes force when it is durable. What comes meanwhile waits its turn.
extension GroupMachine {
  /// Whether an event is about members that are, or will be, those of the consumer protocol.
  func isForConsumer(_ event: GroupEvent) -> Bool {
    guard state != .dead else { return false }
    switch event {
    case .consumerHeartbeat: return true
    case .join, .sync, .heartbeat, .leave, .wake:
      return consumer != nil || consumerChange != nil || !waitingEvents.isEmpty
    case .commit, .commitInTransaction, .delete, .deleteOffsets, .persisted, .failed,
      .expireOffsets, .topicsDeleted, .unload:
      return false
    }
  }

  mutating func handleInTurn(_ event: GroupEvent) {
    if waitingEvents.count >= config.maximumWaitingRequests, let refusal = event.refusal {
      return reply(refusal.0, refusal.1.refused(.coordinatorNotAvailable))
    }
    if case .wake = event { armedAt = nil }
    waitingEvents.append(event)
    continueInTurn()
  }

  /// Does what waits, up to the next change that must be durable first.
  mutating func continueInTurn() {
    while consumerChange == nil, let event = waitingEvents.first {
      if consumer != nil {
        runDraft()
      } else if case .consumerHeartbeat = event, !inFlightKeepsMembers {
        waitingEvents.removeFirst()
        perform(event)
      } else if case .consumerHeartbeat = event {
        return
      } else {
        waitingEvents.removeFirst()
        perform(event)
      }
    }
  }

  /// Whether records about the members of a classic group are on their way: it cannot become
  /// another before they are durable.
  private var inFlightKeepsMembers: Bool {
    inFlight.values.contains {
      switch $0 {
      case .assignment, .staticMember, .note, .removal, .deletion: true
      case .commit, .transactionalCommit, .consumer: false
      }
    }
  }

  // MARK: Drafts

  private mutating func runDraft() {
    guard var draft = consumer else { return }
    draft.now = now
    draft.surroundings = surroundings
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

  /// Answers when the draft's records are durable; at once when there are none.
  private mutating func keep(
    _ draft: ConsumerGroupMachine, _ replies: [(ReplyToken, GroupReply)]
  ) {
    var next = draft
    next.records = []
    // Not to hold on to topics that change meanwhile.
    next.surroundings = .none
    let change = ConsumerChange(group: next, replies: replies)
    guard !draft.records.isEmpty else { return takeForce(change) }
    consumerChange = change
    persist(draft.records, then: .consumer)
  }

  mutating func consumerPersisted() {
    guard let change = consumerChange else { return }
    consumerChange = nil
    takeForce(change)
  }

  mutating func consumerFailed(_ code: ErrorCode) {
    guard let change = consumerChange else { return }
    consumerChange = nil
    for (token, answer) in change.replies { reply(token, answer.refused(code)) }
    armConsumer()
  }

  private mutating func takeForce(_ change: ConsumerChange) {
    if consumer == nil { endClassicMembers() }
    if let value = change.group.successor {
      consumer = nil
      replay(classic: value)
      for id in members.keys { touch(id) }
      prepareRebalance()
    } else {
      // An empty one that made room for a classic group.
      consumer = change.group.group.epoch > 0 ? change.group : nil
    }
    for (token, answer) in change.replies { reply(token, answer) }
    armConsumer()
  }

  mutating func armConsumer() {
    guard let deadline = consumer?.nextDeadline else { return }
    arm(deadline)
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
    draft.now = now
    draft.surroundings = surroundings
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

  // MARK: The end

  mutating func refuseWaitingEvents(_ code: ErrorCode) {
    let waiting = waitingEvents.compactMap(\.refusal) + (consumerChange?.replies ?? [])
    waitingEvents = []
    consumerChange = nil
    consumer = nil
    for (token, answer) in waiting { reply(token, answer.refused(code)) }
  }
}

extension GroupEvent {
  /// Whose request it is, and the kind of answer that it gets; nil when nobody waits.
  fileprivate var refusal: (ReplyToken, GroupReply)? {
    switch self {
    case .join(let request, _, let token):
      (token, .join(JoinGroupResponse { $0.memberID = request.memberID }))
    case .sync(_, let token): (token, .sync(SyncGroupResponse()))
    case .heartbeat(_, let token): (token, .heartbeat(.none))
    case .consumerHeartbeat(_, _, let token):
      (token, .consumerHeartbeat(ConsumerGroupHeartbeatResponse()))
    case .leave(_, let token): (token, .leave(.none, []))
    default: nil
    }
  }
}

extension GroupRefusal {
  fileprivate static func noConsumerGroup(_ id: String) -> GroupRefusal {
    GroupRefusal(.groupIDNotFound, "Group \(id) is not a consumer group.")
  }
}
