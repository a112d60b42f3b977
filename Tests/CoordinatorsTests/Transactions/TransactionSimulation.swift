import KafkaProtocol
import Platform
import Records
import Testing

@testable import Coordinators

/// Producers of both protocols that come, go and fight over transactional ids, a coordinator that
/// crashes between any two effects, and disks that lose what was not synced: one thread, virtual
/// time, everything from one seed. In the end each transaction has one outcome in all partitions,
/// and it is the one that its producer was told.
final class TransactionSimulation {
  private static let ids = ["a", "b"]
  private let seed: UInt64
  private let random: SeededRandom
  private var shard: TransactionShard
  private var config = TransactionConfig()
  private var time: Int64 = 1_700_000_000_000
  private var nextProducerID: Int64 = 0
  private var nextTransaction = 0
  private var nextToken: UInt64 = 0

  // The coordinator's log.
  private var durable: [TransactionRecord] = []
  private var inFlight: [(id: String, ticket: PersistTicket, record: TransactionRecord)] = []
  /// Told already, and not durable yet: how many of the first in `unsynced`.
  private var unsynced: [TransactionRecord] = []

  private var partitions = Array(repeating: SimulatedPartition(), count: 4)
  /// Markers on their way: to these partitions still, then to be synced.
  private var markers: [(id: String, DecidedTransaction, left: [Int], toSync: [Int])] = []

  private var producers: [SimulatedProducer] = []
  private var asked: [ReplyToken: (producer: Int, answer: (TransactionReply) -> Void)] = [:]
  /// What clients were told: the outcome, and where the transaction has records.
  private(set) var told: [Int: (commits: Bool, partitions: [Int])] = [:]
  private(set) var crashCount = 0

  init(seed: UInt64) {
    self.seed = seed
    random = SeededRandom(seed: seed)
    shard = TransactionShard(config: config)
    for number in 0..<4 {
      producers.append(
        SimulatedProducer(
          number: number, transactionalID: Self.ids[number % 2], version: number < 2 ? 0 : 2))
    }
    // Two fight over one id from time to time.
    producers[2].nextTry = time + 3000
    producers[3].nextTry = time + 5000
  }

  // MARK: Running

  func run(steps: Int) {
    for _ in 0..<steps {
      time += Int64(random.below(30))
      step()
      if random.below(60) == 0 { crash() }
      if random.below(80) == 0 { producers[random.below(producers.count)].restart() }
    }
  }

  private func step() {
    switch random.below(10) {
    case 0..<4: act(random.below(producers.count))
    case 4..<6: syncLog()
    case 6..<8: writeMarker()
    case 8:
      let partition = random.below(partitions.count)
      partitions[partition].sync()
    default:
      if random.below(10) == 0 { handleAll(.checkTimeout) }
      if random.below(40) == 0 { failFirst() }
    }
  }

  /// Nothing bad happens any more, and nobody begins anything: what is open times out.
  func settle() {
    time += 120_000
    for _ in 0..<20 {
      handleAll(.checkTimeout)
      for _ in 0..<50 {
        syncLog()
        writeMarker()
        for partition in partitions.indices { partitions[partition].sync() }
      }
    }
    check()
  }

  private func check() {
    for (id, metadata) in shard.all {
      let isOver = [.empty, .completeCommit, .completeAbort].contains(metadata.state)
      #expect(isOver, "seed \(seed): \(id) is \(metadata.state)")
    }
    var outcomes: [Int: Bool] = [:]
    for partition in partitions {
      for (transaction, outcome) in partition.outcomes {
        guard let outcome else {
          Issue.record("seed \(seed): transaction \(transaction) stays open")
          continue
        }
        #expect(
          outcomes[transaction, default: outcome] == outcome,
          "seed \(seed): transaction \(transaction) has two outcomes")
        outcomes[transaction] = outcome
      }
    }
    for (transaction, answer) in told {
      for partition in answer.partitions {
        #expect(
          partitions[partition].outcomes[transaction] == answer.commits,
          "seed \(seed): transaction \(transaction) is not what its producer was told")
      }
    }
  }

  // MARK: The coordinator and its disk

  private func send(
    _ producer: Int, _ event: (ReplyToken) -> TransactionEvent,
    answer: @escaping (TransactionReply) -> Void
  ) {
    let token = ReplyToken(nextToken)
    nextToken += 1
    producers[producer].isWaiting = true
    asked[token] = (producer, answer)
    let id = producers[producer].transactionalID
    perform(shard.handle(event(token), id: id, at: time), of: id)
  }

  private func handleAll(_ event: TransactionEvent) {
    for (id, actions) in shard.handleAll(event, at: time) { perform(actions, of: id) }
  }

  private func handle(_ event: TransactionEvent, of id: String) {
    perform(shard.handle(event, id: id, at: time), of: id)
  }

  private func perform(_ actions: [TransactionAction], of id: String) {
    for action in actions {
      switch action {
      case .reply(let token, let reply):
        guard let (producer, answer) = asked.removeValue(forKey: token) else {
          Issue.record("seed \(seed): an answer to nothing, or a second one")
          continue
        }
        producers[producer].isWaiting = false
        answer(reply)
      case .persist(let ticket, let record, true): inFlight.append((id, ticket, record))
      case .persist(let ticket, let record, false):
        // Behind what is on its way, in the same log.
        guard inFlight.isEmpty else {
          inFlight.append((id, ticket, record))
          continue
        }
        unsynced.append(record)
        handle(.persisted(ticket), of: id)
      case .allocateProducerID:
        nextProducerID += 1
        handle(.allocated(.success(nextProducerID)), of: id)
      case .writeMarkers(let decided):
        let left = decided.partitions.map { Int($0.partition.rawValue) }
        markers.append((id, decided, left, []))
      }
    }
  }

  private func syncLog() {
    durable += unsynced
    unsynced = []
    guard !inFlight.isEmpty else { return }
    let (id, ticket, record) = inFlight.removeFirst()
    durable.append(record)
    handle(.persisted(ticket), of: id)
  }

  private func failFirst() {
    guard !inFlight.isEmpty else { return }
    let (id, ticket, record) = inFlight.removeFirst()
    // A failed sync says nothing about what the disk has.
    if random.below(2) == 0 { durable += unsynced + [record]; unsynced = [] }
    handle(.failed(ticket, .coordinatorNotAvailable), of: id)
  }

  /// One effect of one transaction's markers.
  private func writeMarker() {
    guard !markers.isEmpty else { return }
    let index = random.below(markers.count)
    if let partition = markers[index].left.popLast() {
      partitions[partition].end(markers[index].1)
      markers[index].toSync.append(partition)
    } else if let partition = markers[index].toSync.popLast() {
      partitions[partition].sync()
    } else {
      let id = markers.remove(at: index).id
      handle(random.below(20) == 0 ? .markersFailed : .markersWritten, of: id)
    }
  }

  /// Everything in memory is gone, and some of what was on its way to the disks.
  private func crash() {
    crashCount += 1
    let tail = unsynced + inFlight.map(\.record)
    durable += tail.prefix(random.below(tail.count + 1))
    unsynced = []
    inFlight = []
    markers = []
    for index in partitions.indices {
      partitions[index].crash(keeping: random.below(partitions[index].entries.count + 1))
    }
    for (producer, _) in asked.values {
      producers[producer].isWaiting = false
      producers[producer].nextTry = time + 50
    }
    asked = [:]
    shard = TransactionShard(config: config)
    for record in durable { shard.replay(record) }
    for (id, actions) in shard.finishReplay(at: time) { perform(actions, of: id) }
  }

  // MARK: The producers

  private func act(_ number: Int) {
    let producer = producers[number]
    guard !producer.isWaiting, producer.nextTry <= time else { return }
    switch producer.phase {
    case .mustInitialize:
      let request = ProducerInitialization(timeoutMilliseconds: 3000)
      send(number, { .initialize(request, $0) }) { [self] in initialized(number, $0) }
    case .idle:
      nextTransaction += 1
      producers[number].transaction = nextTransaction
      producers[number].written = []
      let count = 1 + random.below(partitions.count)
      producers[number].phase = .writing((0..<count).map { _ in random.below(partitions.count) })
    case .writing(let left):
      if let partition = left.first { return write(to: partition, number) }
      producers[number].phase = .ending(commits: random.below(3) > 0)
    case .ending(let commits):
      let end = TransactionEnd(
        producer: producer.identity!, commits: commits, clientVersion: producer.version)
      send(number, { .end(end, $0) }) { [self] in ended(number, commits, $0) }
    }
  }

  private func initialized(_ number: Int, _ reply: TransactionReply) {
    guard case .producer(.none, let identity) = reply else { return failed(number, reply.code) }
    producers[number].identity = identity
    producers[number].phase = .idle
  }

  private func write(to partition: Int, _ number: Int) {
    let producer = producers[number]
    let addition = TransactionAddition(
      producer: producer.identity!,
      partitions: [TransactionPartition(topic: "t", partition: PartitionID(Int32(partition)))],
      clientVersion: producer.version)
    let markerCount = partitions[partition].markerCount(of: producer.identity!.id)
    send(number, { .add(addition, $0) }) { [self] reply in
      guard case .partitions([.none]) = reply else { return failed(number, reply.code) }
      guard producers[number].transaction == producer.transaction,
        producers[number].identity == producer.identity
      else { return }
      let isIn = partitions[partition].append(
        producer.transaction, of: producer.identity!, verifiedAt: markerCount)
      guard isIn else { return producers[number].restart() }
      // Answered when it is synced, as with acks=all.
      partitions[partition].sync()
      producers[number].written.append(partition)
      if case .writing(let left) = producers[number].phase {
        producers[number].phase = .writing(Array(left.dropFirst()))
      }
    }
  }

  private func ended(_ number: Int, _ commits: Bool, _ reply: TransactionReply) {
    let producer = producers[number]
    guard producer.phase == .ending(commits: commits) else { return }
    guard case .producer(.none, let identity) = reply else { return failed(number, reply.code) }
    told[producer.transaction] = (commits, producer.written)
    if producer.version == 2 { producers[number].identity = identity }
    producers[number].phase = .idle
  }

  private func failed(_ number: Int, _ code: ErrorCode) {
    if code.isRetriable {
      producers[number].nextTry = time + 20
    } else {
      producers[number].restart()
      producers[number].nextTry = time + Int64(random.below(4000))
    }
  }
}

extension TransactionReply {
  fileprivate var code: ErrorCode {
    switch self {
    case .producer(let code, _): code
    case .partitions(let codes): codes[0]
    }
  }
}
