import KafkaProtocol

// A group whose members the coordinator assigns changes one batch of events at a time: what they
// decide is drafted, written, and takes force when it is durable. What comes meanwhile waits its
// turn.
extension GroupMachine {
  /// Whether an event is about members that the coordinator assigns, or will.
  func takesTurn(_ event: GroupEvent) -> Bool {
    guard state != .dead else { return false }
    switch event {
    case .consumerHeartbeat, .shareHeartbeat, .prepareShare: return true
    case .join, .sync, .heartbeat, .leave, .wake:
      return consumer != nil || share != nil || memberChange != nil || !waitingEvents.isEmpty
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
    while memberChange == nil, let event = waitingEvents.first {
      if share != nil {
        if inFlightKeepsMembers { return }
        runShareDraft()
      } else if consumer != nil {
        runConsumerDraft()
      } else if event.beginsDraft, inFlightKeepsMembers {
        return
      } else {
        waitingEvents.removeFirst()
        perform(event)
      }
    }
  }

  /// Whether records about the members of a classic group, or the end of any, are on their way: it
  /// cannot become another before they are durable.
  private var inFlightKeepsMembers: Bool {
    inFlight.values.contains {
      switch $0 {
      case .assignment, .staticMember, .note, .removal, .deletion: true
      case .commit, .transactionalCommit, .members: false
      }
    }
  }

  // MARK: Drafts

  /// Answers when the draft's records are durable; at once when there are none.
  mutating func keep(
    _ draft: some AssignedGroupMachine, _ replies: [(ReplyToken, GroupReply)]
  ) {
    var next = draft
    let records = next.finish()
    let change = MemberChange(group: next.asChange, replies: replies)
    guard !records.isEmpty else { return takeForce(change) }
    memberChange = change
    persist(records, then: .members)
  }

  mutating func membersPersisted() {
    guard let change = memberChange else { return }
    memberChange = nil
    takeForce(change)
  }

  mutating func membersFailed(_ code: ErrorCode) {
    guard let change = memberChange else { return }
    memberChange = nil
    for (token, answer) in change.replies { reply(token, answer.refused(code)) }
    armMembers()
  }

  private mutating func takeForce(_ change: MemberChange) {
    switch change.group {
    case .consumer(let next): takeForce(next)
    case .share(let next): share = next
    }
    for (token, answer) in change.replies { reply(token, answer) }
    armMembers()
  }

  /// Makes sure that a wake comes when the first member is to be given up.
  mutating func armMembers() {
    guard let deadline = share?.nextDeadline ?? consumer?.nextDeadline else { return }
    arm(deadline)
  }

  // MARK: The end

  mutating func refuseWaitingEvents(_ code: ErrorCode) {
    let waiting = waitingEvents.compactMap(\.refusal) + (memberChange?.replies ?? [])
    waitingEvents = []
    memberChange = nil
    consumer = nil
    share = nil
    for (token, answer) in waiting { reply(token, answer.refused(code)) }
  }
}

extension GroupEvent {
  /// Whether it can make a group of a kind whose members the coordinator assigns.
  fileprivate var beginsDraft: Bool {
    switch self {
    case .consumerHeartbeat, .shareHeartbeat, .prepareShare: true
    default: false
    }
  }

  /// Whose request it is, and the kind of answer that it gets; nil when nobody waits.
  fileprivate var refusal: (ReplyToken, GroupReply)? {
    switch self {
    case .join(let request, _, let token):
      (token, .join(JoinGroupResponse { $0.memberID = request.memberID }))
    case .sync(_, let token): (token, .sync(SyncGroupResponse()))
    case .heartbeat(_, let token): (token, .heartbeat(.none))
    case .consumerHeartbeat(_, _, let token):
      (token, .consumerHeartbeat(ConsumerGroupHeartbeatResponse()))
    case .shareHeartbeat(_, _, let token): (token, .shareHeartbeat(ShareGroupHeartbeatResponse()))
    case .prepareShare(let token): (token, .sharePrepared(.none))
    case .leave(_, let token): (token, .leave(.none, []))
    default: nil
    }
  }
}
