import KafkaProtocol
import Platform
import Records
import Testing

@testable import Coordinators

/// Members of a share group that come, go and die, administrators that delete it when they can, a
/// coordinator that crashes, topics that grow, a disk that is slow and loses what was not synced:
/// one thread, virtual time, everything from one seed. Checked all the while: what a restart reads
/// is what there was, epochs never go back, and nobody is told of partitions that are not its.
final class ShareGroupSimulation {
  private struct Member {
    var epoch: Int32 = 0
    /// What it was last told to read.
    var reads = PartitionAssignment()
    /// It joins, or does not know whether its last words were heard.
    var tellsAll = true
    var nextBeat: Int64 = 0
    var isWaiting = false
  }

  private let seed: UInt64
  private let random: SeededRandom
  private let coordinator: SimulatedCoordinator
  private var members: [String: Member] = [:]
  private var nextNumber = 0
  private var nextToken: UInt64 = 0
  private var asked: [ReplyToken: String] = [:]
  private var lastEpoch: Int32 = 0
  private(set) var toldCount = 0
  private(set) var deletionCount = 0

  init(seed: UInt64) {
    self.seed = seed
    random = SeededRandom(seed: seed)
    coordinator = SimulatedCoordinator(seed: seed, random, topics: ["t": 3, "u": 2])
    coordinator.answered = { [unowned self] in answered($0, $1) }
  }

  func run(steps: Int) {
    for _ in 0..<steps {
      disturb()
      advance(Int64(random.below(3000)))
      if random.below(3) > 0 { sync() }
    }
    // Then nothing happens any more, and all agree.
    for _ in 0..<200 {
      advance(500)
      while coordinator.isWriting { sync() }
    }
    checkTheEnd()
  }

  private func disturb() {
    let living = members.keys.sorted()
    let someone = living.isEmpty ? nil : living[random.below(living.count)]
    switch random.below(16) {
    case 0..<4 where members.count < 9:
      members["m\(nextNumber)"] = Member()
      nextNumber += 1
    case 4: if let someone { members[someone] = nil }
    case 5: if let someone { leave(someone) }
    case 6 where random.below(3) == 0:
      coordinator.topics["t"] = (coordinator.topics["t"] ?? 0) + 1
    case 7 where random.below(3) == 0:
      coordinator.topics["u"] = coordinator.topics["u"] == nil ? 2 : nil
    case 8: crash()
    case 9: coordinator.failOne()
    case 10: delete()
    case 11 where random.below(2) == 0: endGroup()
    default: break
    }
  }

  private func advance(_ milliseconds: Int64) {
    coordinator.advance(milliseconds) {
      for id in members.keys.sorted() { act(id) }
    }
  }

  private func sync() {
    coordinator.sync()
    checkReplay()
  }

  private func crash() {
    coordinator.crash()
    for id in asked.values {
      members[id]?.isWaiting = false
      members[id]?.tellsAll = true
    }
    asked = [:]
  }

  // MARK: The members

  private func act(_ id: String) {
    guard var member = members[id], !member.isWaiting, coordinator.now >= member.nextBeat else {
      return
    }
    member.isWaiting = true
    member.nextBeat = coordinator.now + 1000
    members[id] = member
    send(id, member.epoch, names: member.tellsAll ? ["t", "u"] : nil)
  }

  private func delete() {
    let token = ReplyToken(nextToken)
    nextToken += 1
    coordinator.handle(.delete(token))
  }

  /// Everyone leaves, and an administrator deletes what is empty then.
  private func endGroup() {
    for id in coordinator.group?.share?.group.members.keys.sorted() ?? [] {
      members[id] = nil
      send(id, -1, names: nil)
    }
    while coordinator.isWriting { sync() }
    delete()
  }

  private func leave(_ id: String) {
    guard let member = members.removeValue(forKey: id), member.epoch > 0 else { return }
    send(id, -1, names: nil)
  }

  private func send(_ id: String, _ epoch: Int32, names: [String]?) {
    let token = ReplyToken(nextToken)
    nextToken += 1
    asked[token] = id
    let request = ShareGroupHeartbeatRequest {
      $0.groupID = "g"
      $0.memberID = id
      $0.memberEpoch = epoch
      $0.subscribedTopicNames = names
    }
    let client = GroupClient(
      clientID: "c", host: "h", mustKnowMemberID: false, canSkipAssignment: true)
    coordinator.handle(.shareHeartbeat(request, client, token))
  }

  private func answered(_ token: ReplyToken, _ reply: GroupReply) {
    if case .deleted(let code) = reply {
      deletionCount += code == .none ? 1 : 0
      return
    }
    guard case .shareHeartbeat(let answer) = reply, let id = asked.removeValue(forKey: token)
    else { return coordinator.fail("an answer to nothing, a second one, or of another kind") }
    guard var member = members[id], answer.memberEpoch >= 0 else { return }
    member.isWaiting = false
    switch answer.errorCode {
    case .none:
      #expect(answer.memberEpoch >= member.epoch, "seed \(seed): an epoch goes back")
      member.tellsAll = false
      member.epoch = answer.memberEpoch
      if let assignment = answer.assignment {
        member.reads = PartitionAssignment(
          assignment.topicPartitions.map { ($0.topicID, $0.partitions) })
        toldCount += 1
      }
      let known = coordinator.group?.share?.group.members[id]?.assigned
      #expect(member.reads == known, "seed \(seed): \(id) reads what is not its")
    case .fencedMemberEpoch, .unknownMemberID, .groupIDNotFound: member = Member()
    default: member.tellsAll = true
    }
    members[id] = member
  }

  // MARK: Checks

  private func checkReplay() {
    let live = coordinator.group?.share?.group
    let read = coordinator.replayed().groups["g"]?.share?.group
    #expect(live == read, "seed \(seed): a restart reads another group")
    if let live { #expect(live.epoch >= lastEpoch, "seed \(seed): the group's epoch goes back") }
    lastEpoch = live?.epoch ?? 0
  }

  private func checkTheEnd() {
    checkReplay()
    guard !members.isEmpty, let group = coordinator.group?.share?.group else { return }
    #expect(group.members.keys.sorted() == members.keys.sorted(), "seed \(seed)")
    var counts: [TopicID: [PartitionID: Int]] = [:]
    for (id, member) in members {
      #expect(member.reads == group.members[id]?.assigned, "seed \(seed)")
      for (topic, partitions) in member.reads.byTopic {
        for partition in partitions { counts[topic, default: [:]][partition, default: 0] += 1 }
      }
    }
    let expected = Int(coordinator.topics["t"] ?? 0) + Int(coordinator.topics["u"] ?? 0)
    let sharers = counts.values.flatMap(\.values)
    #expect(sharers.count == expected, "seed \(seed): every partition is read")
    let each = (members.count + expected - 1) / expected
    #expect(sharers.allSatisfy { $0 == each }, "seed \(seed): by as many members")
    let loads = members.values.map(\.reads.count)
    #expect((loads.max() ?? 0) - (loads.min() ?? 0) <= 1, "seed \(seed): evenly")
  }
}
