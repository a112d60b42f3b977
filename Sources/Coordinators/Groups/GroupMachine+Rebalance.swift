import KafkaProtocol

extension GroupMachine {
  /// The least time after which an unanswered rebalance is looked at again.
  private static let minimumRetryMilliseconds: Int64 = 1000

  /// After a change of members: begins a rebalance, or ends the joining if that was the last one.
  mutating func rebalanceOrCompleteJoin() {
    switch state {
    case .stable, .completingRebalance, .empty: prepareRebalance()
    case .preparingRebalance: completeJoinIfAllHere()
    case .dead: break
    }
  }

  mutating func prepareRebalance() {
    if state == .completingRebalance { refuseAssignment(.rebalanceInProgress) }
    syncDeadline = nil
    let isInitial = state == .empty
    transition(to: .preparingRebalance)
    if isInitial {
      // Give the other members time to come, rather than rebalance for each.
      let delay = config.initialRebalanceDelayMilliseconds
      hasNewMember = false
      waitForMembers(.initial(delay: delay, remaining: max(rebalanceTimeout - delay, 0)), delay)
    } else if hasAllMembers {
      completeJoin()
    } else {
      waitForMembers(.rebalance, rebalanceTimeout)
    }
  }

  /// Ends the joining if nobody is missing; an initial rebalance waits for its delay all the same.
  mutating func completeJoinIfAllHere() {
    if state == .preparingRebalance, previousState != .empty, hasAllMembers { completeJoin() }
  }

  /// The joining's deadline has come.
  mutating func joinDeadlinePassed(_ deadline: JoinDeadline) {
    joinDeadline = nil
    guard state == .preparingRebalance else { return }
    if case .initial(let delay, let remaining) = deadline.kind, hasNewMember, remaining > 0 {
      hasNewMember = false
      let next = min(config.initialRebalanceDelayMilliseconds, remaining)
      waitForMembers(.initial(delay: next, remaining: max(remaining - delay, 0)), next)
    } else {
      completeJoin()
    }
  }

  private mutating func completeJoin() {
    joinDeadline = nil
    // Static members may be away until their sessions end (KIP-345).
    for member in membersInOrder where !member.isAwaitingJoin && member.instanceID == nil {
      remove(member.id)
    }
    if !members.isEmpty, !electLeader() {
      // Only absent static members are left: wait for one of them, or for their ends.
      return waitForMembers(.rebalance, max(rebalanceTimeout, Self.minimumRetryMilliseconds))
    }
    beginGeneration()
  }

  private mutating func beginGeneration() {
    generationID = generationID == .max ? 1 : generationID + 1
    guard !members.isEmpty else {
      protocolName = nil
      leaderID = nil
      transition(to: .empty)
      return persist([.metadata(group: groupID, metadataValue())], then: .note)
    }
    protocolName = selectProtocol()
    transition(to: .completingRebalance)
    let all = told()
    for member in membersInOrder {
      guard let token = takeJoinToken(of: member.id) else { continue }
      members[member.id]?.isNew = false
      members[member.id]?.owesSync = true
      let members = member.id == leaderID ? all : []
      reply(token, .join(generation(for: member.id, members: members)))
      touch(member.id)
    }
    let deadline = now.monotonicMilliseconds + rebalanceTimeout
    syncDeadline = deadline
    arm(deadline)
  }

  /// Members that have not asked for their assignment are given up.
  mutating func syncDeadlinePassed() {
    syncDeadline = nil
    guard state == .completingRebalance || state == .stable else { return }
    let late = membersInOrder.filter(\.owesSync)
    guard !late.isEmpty else { return }
    for member in late { remove(member.id) }
    prepareRebalance()
  }

  /// Keeps the leader if it has joined, else takes the first that has; false when nobody has.
  private mutating func electLeader() -> Bool {
    if let leaderID, members[leaderID]?.isAwaitingJoin == true { return true }
    guard let next = membersInOrder.first(where: \.isAwaitingJoin) else { return false }
    leaderID = next.id
    return true
  }

  /// The assignor with the most votes among those that all members know: each votes for the first
  /// of its own. Of equals the one that the oldest member's list names first.
  func selectProtocol() -> String? {
    let common = protocolCounts.filter { $0.value == members.count }
    var votes: [String: Int] = [:]
    for member in members.values {
      if let name = member.protocols.first(where: { common[$0.name] != nil })?.name {
        votes[name, default: 0] += 1
      }
    }
    let most = votes.values.max()
    let oldest = members.values.min { $0.sequence < $1.sequence }
    return oldest?.protocols.first { votes[$0.name] != nil && votes[$0.name] == most }?.name
  }

  private var hasAllMembers: Bool {
    awaitingJoinCount == members.count && pendingMembers.isEmpty
  }

  /// The longest that any member asks for.
  private var rebalanceTimeout: Int64 {
    Int64(members.values.map(\.rebalanceTimeoutMilliseconds).max() ?? 0)
  }

  private mutating func waitForMembers(_ kind: JoinDeadline.Kind, _ milliseconds: Int64) {
    let at = now.monotonicMilliseconds + milliseconds
    joinDeadline = JoinDeadline(at: at, kind: kind)
    arm(at)
  }
}
