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
  private let config = GroupConfig()
  private var shard: GroupShard
  private var topics: TestCatalog = ["t": 3, "u": 2]
  private var time = EventTime(monotonicMilliseconds: 0, wallMilliseconds: 1_700_000_000_000)
  private var wakeAt: Int64?
  private var durable: [GroupRecord] = []
  private var inFlight: [(ticket: PersistTicket, records: [GroupRecord])] = []
  private var consumers: [String: SimulatedConsumer] = [:]
  private var nextNumber = 0
  private var nextToken: UInt64 = 0
  private var asked: [ReplyToken: String] = [:]
  private(set) var takenCount = 0

  init(seed: UInt64) {
    self.seed = seed
    random = SeededRandom(seed: seed)
    shard = GroupShard(config: config, random: random)
  }

  // MARK: Running

  func run(steps: Int) {
    for _ in 0..<steps {
      disturb()
      advance(Int64(random.below(3000)))
      if random.below(3) > 0 { syncSome() }
    }
    // Then nothing happens any more, and all agree.
    for _ in 0..<400 {
      advance(500)
      while !inFlight.isEmpty { syncSome() }
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
    case 5 where random.below(3) == 0: topics["t"] = (topics["t"] ?? 0) + 1
    case 6 where random.below(3) == 0: topics["u"] = topics["u"] == nil ? 2 : nil
    case 7: crash()
    case 8 where !inFlight.isEmpty:
      let (ticket, _) = inFlight.removeFirst()
      handle(.failed(ticket, .notCoordinator))
    default: break
    }
  }

  private func advance(_ milliseconds: Int64) {
    let end = time.monotonicMilliseconds + milliseconds
    while time.monotonicMilliseconds < end {
      time.monotonicMilliseconds += 100
      time.wallMilliseconds += 100
      if let at = wakeAt, at <= time.monotonicMilliseconds {
        wakeAt = nil
        handle(.wake)
      }
      for id in consumers.keys.sorted() { act(id) }
    }
  }

  // MARK: The coordinator and its disk

  private func handle(_ event: GroupEvent) {
    shard.surroundings.topics = topics
    perform(shard.handle(event, group: "g", at: time))
  }

  private func perform(_ actions: [GroupAction]) {
    for action in actions {
      switch action {
      case .wake(let at): wakeAt = at
      case .persist(let ticket, let records): inFlight.append((ticket, records))
      case .persistInTransaction: Issue.record("seed \(seed): nobody has a transaction here")
      case .reply(let token, .consumerHeartbeat(let answer)):
        guard let id = asked.removeValue(forKey: token) else {
          Issue.record("seed \(seed): an answer to nothing, or a second one")
          continue
        }
        received(answer, id)
      case .reply: Issue.record("seed \(seed): an answer of another kind")
      }
    }
  }

  private func syncSome() {
    guard !inFlight.isEmpty else { return }
    let (ticket, records) = inFlight.removeFirst()
    durable += records
    handle(.persisted(ticket))
    checkReplay()
  }

  private func crash() {
    for (_, records) in inFlight.prefix(random.below(inFlight.count + 1)) { durable += records }
    inFlight = []
    shard = replayed()
    wakeAt = nil
    for (_, actions) in shard.finishReplay(at: time) { perform(actions) }
    for id in asked.values {
      consumers[id]?.isWaiting = false
      consumers[id]?.tellsAll = true
    }
    asked = [:]
  }

  private func replayed() -> GroupShard {
    var shard = GroupShard(config: config, random: random)
    for record in durable { shard.replay(record) }
    return shard
  }

  // MARK: The consumers

  private func act(_ id: String) {
    guard var consumer = consumers[id], !consumer.isWaiting,
      time.monotonicMilliseconds >= consumer.nextBeat
    else { return }
    if let told = consumer.told, random.below(3) > 0 {
      // First it gives up; the next heartbeat says so. What it was given besides, it takes.
      consumer.owned = told
      consumer.told = nil
      takenCount += 1
    }
    consumer.isWaiting = true
    consumer.nextBeat = time.monotonicMilliseconds + 1000
    consumers[id] = consumer
    checkOwners()
    let request = ConsumerGroupHeartbeatRequest { request in
      request.groupID = "g"
      request.memberID = id
      request.memberEpoch = consumer.epoch
      request.instanceID = consumer.instanceID
      request.topicPartitions = consumer.owned.sorted.map { topic, partitions in
        ConsumerGroupHeartbeatRequest.TopicPartitions {
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
    handle(.consumerHeartbeat(request, client, token))
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
    let live = shard.groups["g"]?.consumer?.group
    let read = replayed().groups["g"]?.consumer?.group
    #expect(live == read, "seed \(seed): a restart reads another group")
  }

  private func checkTheEnd() {
    checkReplay()
    guard !consumers.isEmpty else { return }
    let group = shard.groups["g"]?.consumer?.group
    #expect(group?.state == "Stable", "seed \(seed)")
    #expect(group?.members.keys.sorted() == consumers.keys.sorted(), "seed \(seed)")
    var all = PartitionAssignment()
    for consumer in consumers.values {
      #expect(consumer.owned == group?.members[consumer.id]?.assigned, "seed \(seed)")
      all.formUnion(consumer.owned)
    }
    let expected = Int(topics["t"] ?? 0) + Int(topics["u"] ?? 0)
    #expect(all.count == expected, "seed \(seed): every partition is read")
    let loads = consumers.values.map(\.owned.count)
    #expect((loads.max() ?? 0) - (loads.min() ?? 0) <= 1, "seed \(seed): evenly")
  }
}
