import KafkaProtocol
import Platform
import Records
import Testing

@testable import Coordinators

/// Members that come, go, leave and crash, a coordinator that crashes, a disk that is slow and
/// loses what was not synced: one thread, virtual time, everything from one seed. Checked all the
/// while: each request is answered at most once; one leader a generation decides on one assignment,
/// and nobody gets another; what was acknowledged as committed is there.
final class GroupSimulation {
  private static let partitions = 3
  private let random: SeededRandom
  private let seed: UInt64
  private var config = GroupConfig()
  private var shard: GroupShard
  private var time = EventTime(monotonicMilliseconds: 0, wallMilliseconds: 1_700_000_000_000)
  private var wakeAt: Int64?
  /// What the disk holds for certain, and what is on its way.
  private var durable: [GroupRecord] = []
  private var inFlight: [(ticket: PersistTicket, records: [GroupRecord])] = []

  private(set) var members: [Int: SimulatedMember] = [:]
  private var nextMember = 0
  private var nextToken: UInt64 = 0
  /// Whose requests are waiting, and for which offset a commit's.
  private var asked: [ReplyToken: (member: Int, commit: (partition: Int, offset: Int64)?)] = [:]
  private var incarnation = 0
  private var leaders: [String: String] = [:]
  private var sent: [Int32: [[String: [UInt8]]]] = [:]
  private var decided: [Int32: [String: [UInt8]]] = [:]
  private var nextOffset: Int64 = 1
  private var acknowledged: [Int64] = Array(repeating: 0, count: partitions)
  private(set) var commitCount = 0
  private(set) var assignmentCount = 0

  init(seed: UInt64) {
    self.seed = seed
    random = SeededRandom(seed: seed)
    config.initialRebalanceDelayMilliseconds = 500
    shard = GroupShard(config: config, random: random)
  }

  // MARK: Running

  func run(steps: Int) {
    for _ in 0..<steps {
      disturb()
      advance(Int64(random.below(1500)))
      if random.below(3) > 0 { syncSome() }
    }
  }

  /// Nothing bad happens any more: the members that live must come to work together.
  func settle() {
    for _ in 0..<400 {
      advance(500)
      while !inFlight.isEmpty { syncSome() }
    }
    let machine = shard.groups["g"]
    let ids = members.values.map(\.memberID).sorted()
    #expect(machine?.members.keys.sorted() ?? [] == ids, "seed \(seed)")
    if !members.isEmpty { #expect(machine?.state == .stable, "seed \(seed)") }
    for member in members.values {
      #expect(member.phase == .working, "seed \(seed): member \(member.number)")
      #expect(member.generation == machine?.generationID, "seed \(seed)")
      #expect(machine?.members[member.memberID]?.assignment == member.assignment, "seed \(seed)")
    }
  }

  private func disturb() {
    let living = members.keys.sorted()
    let someone = living.isEmpty ? nil : living[random.below(living.count)]
    switch random.below(20) {
    case 0..<3 where members.count < 6:
      members[nextMember] = SimulatedMember(number: nextMember, isStatic: random.below(4) == 0)
      nextMember += 1
    case 3: if let someone { members[someone] = nil }
    case 4: if let someone { leave(someone) }
    case 5: if let someone { restart(someone) }
    case 6..<13: if let someone { commit(someone) }
    case 13 where random.below(4) == 0: crash()
    case 14 where random.below(4) == 0: failFirst()
    default: break
    }
  }

  private func advance(_ milliseconds: Int64) {
    let end = time.monotonicMilliseconds + milliseconds
    while time.monotonicMilliseconds < end {
      let step = min(100, end - time.monotonicMilliseconds)
      time.monotonicMilliseconds += step
      time.wallMilliseconds += step
      if let at = wakeAt, at <= time.monotonicMilliseconds {
        wakeAt = nil
        perform(shard.handle(.wake, group: "g", at: time))
      }
      for number in members.keys.sorted() { act(number) }
    }
  }

  // MARK: The coordinator and its disk

  private func send(
    _ member: Int, commit: (Int, Int64)? = nil, _ event: (ReplyToken) -> GroupEvent
  ) {
    let token = ReplyToken(nextToken)
    nextToken += 1
    asked[token] = (member, commit)
    perform(shard.handle(event(token), group: "g", at: time))
  }

  private func perform(_ actions: [GroupAction]) {
    for action in actions {
      switch action {
      case .wake(let at): wakeAt = at
      case .persist(let ticket, let records): inFlight.append((ticket, records))
      case .persistInTransaction: Issue.record("nobody has a transaction here")
      case .reply(let token, let reply):
        guard let (member, commit) = asked.removeValue(forKey: token) else {
          Issue.record("seed \(seed): an answer to nothing, or a second one")
          continue
        }
        received(reply, member, commit)
      }
    }
  }

  private func syncSome() {
    guard !inFlight.isEmpty else { return }
    for _ in 0...random.below(inFlight.count) {
      let (ticket, records) = inFlight.removeFirst()
      durable += records
      perform(shard.handle(.persisted(ticket), group: "g", at: time))
      checkOffsets()
    }
  }

  private func failFirst() {
    guard !inFlight.isEmpty else { return }
    let (ticket, _) = inFlight.removeFirst()
    perform(shard.handle(.failed(ticket, .notCoordinator), group: "g", at: time))
  }

  /// The coordinator is gone, with some of what was on its way; the next one replays the log.
  private func crash() {
    for (_, records) in inFlight.prefix(random.below(inFlight.count + 1)) { durable += records }
    inFlight = []
    incarnation += 1
    shard = GroupShard(config: config, random: random)
    for record in durable { shard.replay(record) }
    wakeAt = nil
    for (_, actions) in shard.finishReplay(at: time) { perform(actions) }
    checkOffsets()
    let lost = asked.values.map(\.member)
    asked = [:]
    for member in lost { members[member]?.failed(.networkException) }
  }

  private func checkOffsets() {
    let offsets = shard.offsets(of: "g")
    for (partition, least) in acknowledged.enumerated() where least > 0 {
      let found = offsets["t", PartitionID(Int32(partition))]?.offset.rawValue ?? 0
      #expect(found >= least, "seed \(seed): an acknowledged commit is lost")
    }
  }

  // MARK: The members

  /// Does what the member's phase asks for.
  private func act(_ number: Int) {
    guard let member = members[number] else { return }
    let now = time.monotonicMilliseconds
    switch member.phase {
    case .mustJoin:
      members[number]?.phase = .joining
      members[number]?.patience = now + 40_000
      join(number)
    case .joining, .syncing:
      if now > member.patience { members[number]?.failed(.networkException) }
    case .working: break
    }
    if member.phase == .working || member.phase == .syncing, now >= member.nextHeartbeat {
      members[number]?.nextHeartbeat = now + 2000
      let request = HeartbeatRequest {
        $0.groupID = "g"
        $0.memberID = member.memberID
        $0.groupInstanceID = member.instanceID
        $0.generationID = member.generation
      }
      send(number) { .heartbeat(request, $0) }
    }
  }

  private func join(_ number: Int) {
    guard let member = members[number] else { return }
    let request = JoinGroupRequest {
      $0.groupID = "g"
      $0.memberID = member.memberID
      $0.groupInstanceID = member.instanceID
      $0.protocolType = "consumer"
      $0.sessionTimeoutMilliseconds = 6000
      $0.rebalanceTimeoutMilliseconds = 15_000
      $0.protocols = ["range", "sticky"].map { name in
        JoinGroupRequest.GroupProtocol { $0.name = name }
      }
    }
    let client = GroupClient(
      clientID: "c\(number)", host: "h", mustKnowMemberID: true, canSkipAssignment: true)
    send(number) { .join(request, client, $0) }
  }

  private func sync(_ number: Int, _ assignments: [String: [UInt8]]) {
    guard let member = members[number] else { return }
    let request = SyncGroupRequest {
      $0.groupID = "g"
      $0.memberID = member.memberID
      $0.groupInstanceID = member.instanceID
      $0.generationID = member.generation
      $0.assignments = assignments.map { id, bytes in
        SyncGroupRequest.Assignment {
          $0.memberID = id
          $0.assignment = bytes
        }
      }
    }
    send(number) { .sync(request, $0) }
  }

  private func commit(_ number: Int) {
    guard let member = members[number], member.phase == .working else { return }
    let partition = random.below(Self.partitions)
    let offset = nextOffset
    nextOffset += 1
    let commit = OffsetCommit(
      generationID: member.generation, memberID: member.memberID,
      groupInstanceID: member.instanceID,
      partitions: [
        .init(topic: "t", partition: PartitionID(Int32(partition)), offset: Offset(offset))
      ])
    send(number, commit: (partition, offset)) { .commit(commit, $0) }
  }

  private func leave(_ number: Int) {
    guard let member = members.removeValue(forKey: number), !member.memberID.isEmpty else { return }
    let leaving = LeaveGroupRequest.Member {
      $0.memberID = member.memberID
      $0.groupInstanceID = member.instanceID
    }
    send(number) { .leave([leaving], $0) }
  }

  /// The client's process dies and comes back at once: it has forgotten its id.
  private func restart(_ number: Int) {
    guard let member = members[number] else { return }
    var next = SimulatedMember(number: nextMember, isStatic: false)
    if member.instanceID != nil {
      next = member
      next.memberID = ""
      next.failed(.unknownMemberID)
      members[number] = next
    } else {
      members[number] = nil
      members[nextMember] = next
      nextMember += 1
    }
  }

  // MARK: Answers

  private func received(
    _ reply: GroupReply, _ number: Int, _ commit: (partition: Int, offset: Int64)?
  ) {
    if case .commit(let codes) = reply, codes == [.none], let commit {
      acknowledged[commit.partition] = max(acknowledged[commit.partition], commit.offset)
      commitCount += 1
      return
    }
    guard members[number] != nil else { return }
    switch reply {
    case .join(let answer): joined(answer, number)
    case .sync(let answer): synced(answer, number)
    case .heartbeat(let code), .leave(let code, _):
      if code != .none { members[number]?.failed(code) }
    case .commit(let codes):
      if let code = codes.first { members[number]?.failed(code) }
    case .deleted, .offsetsDeleted, .consumerHeartbeat, .shareHeartbeat, .sharePrepared:
      Issue.record("seed \(seed): nobody asked for this")
    }
  }

  private func joined(_ answer: JoinGroupResponse, _ number: Int) {
    // The answer to a request that was given up.
    guard members[number]?.phase == .joining else { return }
    if answer.errorCode == .memberIDRequired {
      members[number]?.memberID = answer.memberID
      return join(number)
    }
    guard answer.errorCode == .none else {
      members[number]?.failed(answer.errorCode)
      return
    }
    members[number]?.memberID = answer.memberID
    members[number]?.generation = answer.generationID
    members[number]?.phase = .syncing
    members[number]?.patience = time.monotonicMilliseconds + 20_000
    members[number]?.nextHeartbeat = time.monotonicMilliseconds + 2000
    guard answer.leader == answer.memberID, !answer.skipAssignment else {
      return sync(number, [:])
    }
    let generation = "\(incarnation)/\(answer.generationID)"
    let leader = leaders[generation] ?? answer.memberID
    #expect(leader == answer.memberID, "seed \(seed): two leaders in \(generation)")
    leaders[generation] = leader
    #expect(answer.members.contains { $0.memberID == answer.memberID }, "seed \(seed)")
    var assignments: [String: [UInt8]] = [:]
    for member in answer.members {
      assignments[member.memberID] = Array("\(generation) \(member.memberID)".utf8)
    }
    sent[answer.generationID, default: []].append(assignments)
    sync(number, assignments)
  }

  private func synced(_ answer: SyncGroupResponse, _ number: Int) {
    guard let member = members[number], member.phase == .syncing else { return }
    guard answer.errorCode == .none else {
      members[number]?.failed(answer.errorCode)
      return
    }
    members[number]?.phase = .working
    members[number]?.assignment = answer.assignment
    assignmentCount += 1
    // A static member inherits what its old id was assigned.
    let choices = (sent[member.generation] ?? []).filter { $0.values.contains(answer.assignment) }
    let choice = decided[member.generation] ?? choices.first
    #expect(
      choice?.values.contains(answer.assignment) == true,
      "seed \(seed): generation \(member.generation) has two assignments")
    decided[member.generation] = choice
    if member.instanceID == nil {
      #expect(answer.assignment == choice?[member.memberID], "seed \(seed)")
    }
  }
}
