import KafkaProtocol
import Platform

/// One group as a pure state machine: it decides and does nothing else.
///
/// Offsets and what is on its way to the log are the same for all groups. Members are either those
/// of a classic group, kept here, or those of a group of the consumer protocol, kept by `consumer`,
/// or those of a share group, kept by `share`.
///
/// What is durable, offsets and the members of the last complete generation, changes only when the
/// records about it are persisted, by the same replay that a restart goes through. Who is joining,
/// and when somebody was last heard of, lives in memory only, as in Kafka: after a crash members
/// find their generation again or join anew.
package struct GroupMachine: Sendable {
  package let groupID: String
  let config: GroupConfig
  let random: any RandomSource

  package internal(set) var state = GroupState.empty
  /// The state before the present one.
  var previousState = GroupState.empty
  /// Wall-clock milliseconds of the last change of state; nil when there was none.
  var stateTimestamp: Int64?
  package internal(set) var generationID: Int32 = 0
  package internal(set) var protocolType: String?
  package internal(set) var protocolName: String?
  package internal(set) var leaderID: String?
  package internal(set) var members: [String: GroupMember] = [:]
  package internal(set) var offsets = GroupOffsets()
  /// Decides for the members if the group is of the consumer protocol; as the log has it.
  var consumer: ConsumerGroupMachine?
  /// Decides if it is a share group; as the log has it. Never beside `consumer`.
  var share: ShareGroupMachine?
  /// What either becomes when records that are on their way are durable.
  var memberChange: MemberChange?
  /// Requests and wakes that wait for that.
  var waitingEvents: [GroupEvent] = []

  /// Member ids by the names of static members.
  var staticMembers: [String: String] = [:]
  /// Ids that were given out and have not come back, with their deadlines.
  var pendingMembers: [String: Int64] = [:]
  /// How many members know each assignor.
  var protocolCounts: [String: Int] = [:]
  var awaitingJoinCount = 0
  var nextSequence = 0

  /// When the joining ends, and how.
  var joinDeadline: JoinDeadline?
  /// Whether somebody came since the initial delay was last extended.
  var hasNewMember = false
  /// When members that owe their SyncGroup are given up.
  var syncDeadline: Int64?
  /// The last `wake` that was asked for.
  var armedAt: Int64?

  var inFlight: [PersistTicket: PendingPersist] = [:]
  var nextTicket: UInt64 = 0
  var actions: [GroupAction] = []
  var now = EventTime(monotonicMilliseconds: 0, wallMilliseconds: 0)
  var surroundings = GroupSurroundings.none

  /// - Parameter random: where member ids come from.
  package init(groupID: String, config: GroupConfig, random: any RandomSource) {
    self.groupID = groupID
    self.config = config
    self.random = random
  }

  /// Takes one event and says what is to be done, in this order.
  package mutating func handle(
    _ event: GroupEvent, at time: EventTime, in surroundings: GroupSurroundings = .none
  ) -> [GroupAction] {
    now = time
    self.surroundings = surroundings
    if takesTurn(event) { handleInTurn(event) } else { perform(event) }
    defer { actions.removeAll() }
    return actions
  }

  /// Does what a classic group does, or what is the same for all groups.
  mutating func perform(_ event: GroupEvent) {
    switch event {
    case .join(let request, let client, let token): join(request, client, token)
    case .sync(let request, let token): sync(request, token)
    case .heartbeat(let request, let token): heartbeat(request, token)
    case .leave(let members, let token): leave(members, token)
    case .commit(let commit, let token): self.commit(commit, token)
    case .delete(let token): delete(token)
    case .deleteOffsets(let keys, let token): deleteOffsets(keys, token)
    case .commitInTransaction(let commit, let producer, let token):
      self.commit(commit, inTransactionOf: producer, token)
    case .wake: passDeadlines()
    case .persisted(let ticket): persisted(ticket)
    case .failed(let ticket, let code): failed(ticket, code)
    case .expireOffsets: expireOffsets()
    case .topicsDeleted(let topics): forget(topics)
    case .unload: unload()
    case .consumerHeartbeat(let request, let client, let token):
      beginConsumer(request, client, token)
    case .shareHeartbeat(let request, let client, let token): beginShare(request, client, token)
    case .prepareShare(let token): beginEmptyShare(token)
    }
  }

  /// Whether nothing would be lost by forgetting the group.
  package var isDisposable: Bool {
    state == .dead
      || (state == .empty && generationID == 0 && pendingMembers.isEmpty && inFlight.isEmpty
        && offsets.isEmpty && (consumer?.group.epoch ?? 0) == 0
        && (share?.group.epoch ?? 0) == 0 && waitingEvents.isEmpty)
  }

  /// The members in the order in which they came.
  package var membersInOrder: [GroupMember] {
    members.values.sorted { $0.sequence < $1.sequence }
  }

  // MARK: For all parts

  mutating func reply(_ token: ReplyToken, _ reply: GroupReply) {
    actions.append(.reply(token, reply))
  }

  /// - Parameter producer: in whose transaction; nil for none.
  mutating func persist(
    _ records: [GroupRecord], in producer: ProducerIdentity? = nil, then pending: PendingPersist
  ) {
    let ticket = PersistTicket(nextTicket)
    nextTicket += 1
    inFlight[ticket] = pending
    actions.append(
      producer.map { .persistInTransaction(ticket, records, $0) } ?? .persist(ticket, records))
  }

  mutating func transition(to next: GroupState) {
    previousState = state
    state = next
    stateTimestamp = now.wallMilliseconds
  }

  /// Makes sure that a `wake` comes at `deadline` or before.
  mutating func arm(_ deadline: Int64) {
    if let armedAt, armedAt <= deadline { return }
    armedAt = deadline
    actions.append(.wake(at: deadline))
  }

  /// The error of a request that names a member; nil when it is who it says (KIP-345: an instance
  /// whose place another member has taken is fenced).
  func identityProblem(_ memberID: String, _ instanceID: String?) -> ErrorCode? {
    guard let instanceID else { return members[memberID] == nil ? .unknownMemberID : nil }
    guard let holder = staticMembers[instanceID] else { return .unknownMemberID }
    return holder == memberID ? nil : .fencedInstanceID
  }

  /// Sends everyone who waits away, and ends.
  private mutating func unload() {
    refuseWaitingEvents(.notCoordinator)
    for member in membersInOrder {
      answerJoin(of: member.id, .notCoordinator)
      answerSync(of: member.id, .notCoordinator)
    }
    for ticket in inFlight.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
      switch inFlight[ticket] {
      case .commit(let token, let errors, _), .transactionalCommit(let token, let errors, _, _):
        reply(token, .commit(errors.map { $0 == .none ? .notCoordinator : $0 }))
      case .deletion(let token, let answer, _): reply(token, answer.refused(.notCoordinator))
      default: break
      }
    }
    inFlight = [:]
    joinDeadline = nil
    syncDeadline = nil
    transition(to: .dead)
  }
}

/// When the joining of members ends.
struct JoinDeadline: Equatable, Sendable {
  enum Kind: Equatable, Sendable {
    /// An empty group collects its first members: it waits on, for `remaining` milliseconds at
    /// most, as long as new ones come.
    case initial(delay: Int64, remaining: Int64)
    /// Members of the last generation that have not joined by then are dropped.
    case rebalance
  }

  let at: Int64
  let kind: Kind
}

/// What follows when records are persisted.
enum PendingPersist: Sendable {
  /// The leader's assignment of a generation takes force.
  case assignment(generation: Int32, [String: [UInt8]])
  /// A static member that came back under a new id gets its answer.
  case staticMember(ReplyToken, memberID: String, JoinGroupResponse)
  case commit(ReplyToken, [ErrorCode], [GroupRecord])
  case transactionalCommit(ReplyToken, [ErrorCode], [GroupRecord], ProducerIdentity)
  /// `memberChange` takes force.
  case members
  /// Nothing but the record itself: an empty generation.
  case note
  /// Offsets go, and the group with them when nothing is left.
  case removal([GroupRecord])
  /// The same, because an administrator asked for it.
  case deletion(ReplyToken, GroupReply, [GroupRecord])
}
