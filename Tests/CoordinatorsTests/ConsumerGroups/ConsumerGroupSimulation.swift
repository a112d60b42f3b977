import KafkaProtocol
import Platform
import Records
import Testing

@testable import Coordinators

/// Consumers that come, go and die, topics that grow, a coordinator that crashes, a disk that is
/// slow and loses what was not synced: one thread, virtual time, everything from one seed. Checked
/// all the while: no partition is read by two, and what a restart reads is what there was.
final class ConsumerGroupSimulation {
  private let seed: UInt64
  private let random: SeededRandom
  private let coordinator: SimulatedCoordinator
  private var consumers: [String: SimulatedConsumer] = [:]
  private var nextNumber = 0
  private var nextToken: UInt64 = 0
  private var asked: [ReplyToken: String] = [:]
  private(set) var takenCount = 0

  init(seed: UInt64) {
    self.seed = seed
    random = SeededRandom(seed: seed)
    coordinator = SimulatedCoordinator(seed: seed, random, topics: ["t": 3, "u": 2])
    coordinator.answered = { [unowned self] in answered($0, $1) }
  }

  // MARK: Running

  func run(steps: Int) {
    for _ in 0..<steps {
      disturb()
      advance(Int64(random.below(3000)))
      if random.below(3) > 0 { sync() }
    }
    // Then nothing happens any more, and all agree.
    for _ in 0..<400 {
      advance(500)
      while coordinator.isWriting { sync() }
    }
    checkTheEnd()
  }

  private func disturb() {
    let living = consumers.keys.sorted()
    let someone = living.isEmpty ? nil : living[random.below(living.count)]
    switch random.below(16) {
    case 0..<3 where consumers.count < 6:
      let next = SimulatedConsumer(number: nextNumber, isStatic: random.below(4) == 0)
      consumers[next.id] = next
      nextNumber += 1
    case 3: if let someone { consumers[someone] = nil }
    case 4: if let someone { leave(someone) }
    case 5 where random.below(3) == 0:
      coordinator.topics["t"] = (coordinator.topics["t"] ?? 0) + 1
    case 6 where random.below(3) == 0:
      coordinator.topics["u"] = coordinator.topics["u"] == nil ? 2 : nil
    case 7: crash()
    case 8: coordinator.failOne()
    default: break
    }
  }

  private func advance(_ milliseconds: Int64) {
    coordinator.advance(milliseconds) {
      for id in consumers.keys.sorted() { act(id) }
    }
  }

  // MARK: The coordinator

  private func sync() {
    coordinator.sync()
    checkReplay()
  }

  private func crash() {
    coordinator.crash()
    for id in asked.values {
      consumers[id]?.isWaiting = false
      consumers[id]?.tellsAll = true
    }
    asked = [:]
  }

  private func answered(_ token: ReplyToken, _ reply: GroupReply) {
    guard case .consumerHeartbeat(let answer) = reply, let id = asked.removeValue(forKey: token)
    else { return coordinator.fail("an answer to nothing, a second one, or of another kind") }
    received(answer, id)
  }

  // MARK: The consumers

  private func act(_ id: String) {
    guard var consumer = consumers[id], !consumer.isWaiting,
      coordinator.now >= consumer.nextBeat
    else { return }
    if let told = consumer.told, random.below(3) > 0 {
      // First it gives up; the next heartbeat says so. What it was given besides, it takes.
      consumer.owned = told
      consumer.told = nil
      takenCount += 1
    }
    consumer.isWaiting = true
    consumer.nextBeat = coordinator.now + 1000
    consumers[id] = consumer
    checkOwners()
    let request = ConsumerGroupHeartbeatRequest { request in
      request.groupID = "g"
      request.memberID = id
      request.memberEpoch = consumer.epoch
      request.instanceID = consumer.instanceID
      request.topicPartitions = consumer.owned.sorted.map { topic, partitions in
        TopicIDPartitions {
          $0.topicID = topic
          $0.partitions = partitions
        }
      }
      guard consumer.tellsAll else { return }
      request.rebalanceTimeoutMilliseconds = 30_000
      request.subscribedTopicNames = ["t"]
      request.subscribedTopicRegex = "[u-w]"
    }
    send(request)
  }

  private func leave(_ id: String) {
    guard let consumer = consumers.removeValue(forKey: id), consumer.epoch > 0 else { return }
    let request = ConsumerGroupHeartbeatRequest {
      $0.groupID = "g"
      $0.memberID = id
      $0.instanceID = consumer.instanceID
      $0.memberEpoch = -1
    }
    send(request)
  }

  private func send(_ request: ConsumerGroupHeartbeatRequest) {
    let token = ReplyToken(nextToken)
    nextToken += 1
    asked[token] = request.memberID
    let client = GroupClient(
      clientID: "c", host: "h", mustKnowMemberID: false, canSkipAssignment: true)
    coordinator.handle(.consumerHeartbeat(request, client, token))
  }

  private func received(_ answer: ConsumerGroupHeartbeatResponse, _ id: String) {
    guard var consumer = consumers[id], answer.memberEpoch >= 0 else { return }
    consumer.isWaiting = false
    switch answer.errorCode {
    case .none:
      consumer.tellsAll = false
      consumer.epoch = answer.memberEpoch
      if let assignment = answer.assignment {
        consumer.told = PartitionAssignment(
          assignment.topicPartitions.map { ($0.topicID, $0.partitions) })
      }
    case .fencedMemberEpoch, .unknownMemberID, .groupIDNotFound: consumer.fenced()
    default: consumer.tellsAll = true
    }
    consumers[id] = consumer
  }

  // MARK: Checks

  private func checkOwners() {
    let readers = consumers.values.filter { $0.epoch > 0 }.sorted { $0.id < $1.id }
    for (index, one) in readers.enumerated() {
      for other in readers[(index + 1)...] {
        #expect(
          one.owned.isDisjoint(with: other.owned), "seed \(seed): \(one.id) and \(other.id)")
      }
    }
  }

  private func checkReplay() {
    let live = coordinator.group?.consumer?.group
    let read = coordinator.replayed().groups["g"]?.consumer?.group
    #expect(live == read, "seed \(seed): a restart reads another group")
  }

  private func checkTheEnd() {
    checkReplay()
    guard !consumers.isEmpty else { return }
    let group = coordinator.group?.consumer?.group
    #expect(group?.state == "Stable", "seed \(seed)")
    #expect(group?.members.keys.sorted() == consumers.keys.sorted(), "seed \(seed)")
    var all = PartitionAssignment()
    for consumer in consumers.values {
      #expect(consumer.owned == group?.members[consumer.id]?.assigned, "seed \(seed)")
      all.formUnion(consumer.owned)
    }
    let expected = Int(coordinator.topics["t"] ?? 0) + Int(coordinator.topics["u"] ?? 0)
    #expect(all.count == expected, "seed \(seed): every partition is read")
    let loads = consumers.values.map(\.owned.count)
    #expect((loads.max() ?? 0) - (loads.min() ?? 0) <= 1, "seed \(seed): evenly")
  }
}
