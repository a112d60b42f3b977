import KafkaProtocol

// A share group (KIP-932). An id that stands for one does so until the group is deleted, also while
// nobody is there.
extension GroupMachine {
  /// Whether it is a share group, or is about to be one.
  var isShare: Bool { share != nil || memberChange?.isOfShareGroup == true }

  // MARK: Drafts

  mutating func runShareDraft() {
    guard var draft = share else { return }
    draft.begin(at: now, in: surroundings)
    let events = waitingEvents
    waitingEvents = []
    let replies = events.compactMap { answer($0, &draft) }
    keep(draft, replies)
  }

  private func answer(
    _ event: GroupEvent, _ draft: inout ShareGroupMachine
  ) -> (ReplyToken, GroupReply)? {
    switch event {
    case .shareHeartbeat(let request, let client, let token):
      return (token, .shareHeartbeat(draft.heartbeat(request, client)))
    case .prepareShare(let token):
      return (token, .sharePrepared(draft.group.members.isEmpty ? .none : .nonEmptyGroup))
    case .consumerHeartbeat(_, _, let token):
      return (token, .consumerHeartbeat(.refused(.noConsumerGroup(groupID))))
    case .join(let request, _, let token):
      let refusal = JoinGroupResponse {
        $0.errorCode = .inconsistentGroupProtocol
        $0.memberID = request.memberID
      }
      return (token, .join(refusal))
    case .sync(_, let token): return (token, GroupReply.sync(.init()).refused(.unknownMemberID))
    case .heartbeat(_, let token): return (token, .heartbeat(.unknownMemberID))
    case .leave(_, let token): return (token, .leave(.unknownMemberID, []))
    default:
      draft.passDeadlines()
      return nil
    }
  }

  // MARK: Beginning

  /// A share group's heartbeat came to a classic group, or to none.
  mutating func beginShare(
    _ request: ShareGroupHeartbeatRequest, _ client: GroupClient, _ token: ReplyToken
  ) {
    if state == .dead {
      let refusal = ShareGroupHeartbeatResponse { $0.errorCode = .notCoordinator }
      return reply(token, .shareHeartbeat(refusal))
    }
    if let refusal = isUnused ? request.refusalWithoutGroup : .noShareGroup(groupID) {
      return reply(token, .shareHeartbeat(.refused(refusal)))
    }
    var draft = ShareGroupMachine(id: groupID, config: config)
    draft.begin(at: now, in: surroundings)
    let answer = draft.heartbeat(request, client)
    guard answer.errorCode == .none else { return reply(token, .shareHeartbeat(answer)) }
    keep(draft, [(token, .shareHeartbeat(answer))])
  }

  /// Somebody is about to set offsets of a share group that is not there yet: makes it.
  mutating func beginEmptyShare(_ token: ReplyToken) {
    if state == .dead { return reply(token, .sharePrepared(.notCoordinator)) }
    guard isUnused else { return reply(token, .sharePrepared(.groupIDNotFound)) }
    var draft = ShareGroupMachine(id: groupID, config: config)
    draft.begin(at: now, in: surroundings)
    draft.writeEpoch(1, metadataHash: draft.group.topicsHash(in: surroundings.topics))
    keep(draft, [(token, .sharePrepared(.none))])
  }

  /// Whether no group has the id: no member, no generation, no offset, and none on their way.
  private var isUnused: Bool {
    state == .empty && generationID == 0 && pendingMembers.isEmpty && inFlight.isEmpty
      && offsets.isEmpty
  }
}

extension ShareGroupHeartbeatRequest {
  /// Why there is nothing to stay in or to leave where no group is; nil for a member that joins.
  fileprivate var refusalWithoutGroup: GroupRefusal? {
    switch memberEpoch {
    case 0: nil
    case -1: GroupRefusal(.groupIDNotFound, "Group \(groupID) not found.")
    default: GroupRefusal(.groupIDNotFound, "Share group \(groupID) not found.")
    }
  }
}

extension GroupRefusal {
  static func noShareGroup(_ id: String) -> GroupRefusal {
    GroupRefusal(.groupIDNotFound, "Group \(id) is not a share group.")
  }
}
