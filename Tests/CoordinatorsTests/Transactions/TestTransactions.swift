import KafkaProtocol
import Records

@testable import Coordinators

/// Drives one transactional id: keeps its log, its answers and its clock, and writes its markers.
final class TestTransactions {
  var machine: TransactionMachine
  /// Milliseconds since 1970.
  var time: Int64 = 1_700_000_000_000
  /// Records in the log, durable or not.
  private(set) var log: [TransactionRecord] = []
  private(set) var waiting: [(ticket: PersistTicket, awaitsSync: Bool)] = []
  private(set) var replies: [ReplyToken: TransactionReply] = [:]
  /// Transactions whose markers are to be written, in order.
  private(set) var decided: [DecidedTransaction] = []
  private(set) var markersWritten: [DecidedTransaction] = []
  /// Ids that were given out.
  private(set) var allocated: [Int64] = []
  var syncsAtOnce = true
  var writesMarkersAtOnce = true
  var allocationFailure: ErrorCode?
  private var nextToken: UInt64 = 0
  private var nextID: Int64 = 1000

  init(_ change: (inout TransactionConfig) -> Void = { _ in }) {
    var config = TransactionConfig()
    change(&config)
    machine = TransactionMachine(transactionalID: "tx", config: config)
  }

  /// Sends an event and gives the token of its answer.
  @discardableResult
  func send(_ event: (ReplyToken) -> TransactionEvent) -> ReplyToken {
    let token = ReplyToken(nextToken)
    nextToken += 1
    perform(machine.handle(event(token), at: time))
    return token
  }

  private func perform(_ actions: [TransactionAction]) {
    for action in actions {
      switch action {
      case .reply(let token, let reply):
        precondition(replies[token] == nil, "answered twice")
        replies[token] = reply
      case .persist(let ticket, let record, let awaitsSync):
        log.append(record)
        waiting.append((ticket, awaitsSync))
      case .allocateProducerID: allocate()
      case .writeMarkers(let transaction): decided.append(transaction)
      }
    }
    if syncsAtOnce { sync() }
    if writesMarkersAtOnce { writeMarkers() }
  }

  private func allocate() {
    if let allocationFailure {
      perform(machine.handle(.allocated(.failure(allocationFailure)), at: time))
    } else {
      allocated.append(nextID)
      nextID += 1
      perform(machine.handle(.allocated(.success(nextID - 1)), at: time))
    }
  }

  func sync() {
    while !waiting.isEmpty {
      perform(machine.handle(.persisted(waiting.removeFirst().ticket), at: time))
    }
  }

  func fail(_ code: ErrorCode) {
    while !waiting.isEmpty {
      perform(machine.handle(.failed(waiting.removeFirst().ticket, code), at: time))
    }
  }

  func writeMarkers() {
    while !decided.isEmpty {
      markersWritten.append(decided.removeFirst())
      perform(machine.handle(.markersWritten, at: time))
    }
  }

  func failMarkers() {
    while !decided.isEmpty {
      decided.removeFirst()
      perform(machine.handle(.markersFailed, at: time))
    }
  }

  /// The same id after a crash that kept `count` of the log's records.
  func restarted(keeping count: Int? = nil) -> TestTransactions {
    let next = TestTransactions()
    next.machine = TransactionMachine(transactionalID: "tx", config: machine.config)
    next.time = time
    next.nextID = nextID + 1000
    next.syncsAtOnce = syncsAtOnce
    next.writesMarkersAtOnce = writesMarkersAtOnce
    next.log = Array(log.prefix(count ?? log.count))
    for record in next.log { next.machine.replay(record) }
    next.perform(next.machine.resume(at: time))
    return next
  }

  // MARK: Requests

  @discardableResult
  func initialize(
    timeout: Int32 = 60_000, as expected: ProducerIdentity? = nil
  ) -> TransactionReply? {
    let request = ProducerInitialization(timeoutMilliseconds: timeout, expected: expected)
    return replies[send { .initialize(request, $0) }]
  }

  @discardableResult
  func add(
    _ partitions: [Int32] = [0], as producer: ProducerIdentity, version: Int16 = 0
  ) -> TransactionReply? {
    replies[sendAdd(partitions, as: producer, version: version)]
  }

  func sendAdd(
    _ partitions: [Int32] = [0], as producer: ProducerIdentity, version: Int16 = 0
  ) -> ReplyToken {
    let addition = addition(partitions, producer, version)
    return send { .add(addition, $0) }
  }

  func verify(_ partitions: [Int32], as producer: ProducerIdentity) -> TransactionReply? {
    let addition = addition(partitions, producer, 0)
    return replies[send { .verify(addition, $0) }]
  }

  private func addition(
    _ partitions: [Int32], _ producer: ProducerIdentity, _ version: Int16
  ) -> TransactionAddition {
    TransactionAddition(
      producer: producer,
      partitions: partitions.map { TransactionPartition(topic: "t", partition: PartitionID($0)) },
      clientVersion: version)
  }

  @discardableResult
  func end(
    _ commits: Bool, as producer: ProducerIdentity, version: Int16 = 0
  ) -> TransactionReply? {
    replies[sendEnd(commits, as: producer, version: version)]
  }

  func sendEnd(_ commits: Bool, as producer: ProducerIdentity, version: Int16 = 0) -> ReplyToken {
    let end = TransactionEnd(producer: producer, commits: commits, clientVersion: version)
    return send { .end(end, $0) }
  }

  // MARK: Situations

  /// The producer that the id has now.
  var producer: ProducerIdentity {
    ProducerIdentity(
      id: machine.current?.producerID ?? -1, epoch: machine.current?.producerEpoch ?? -1)
  }

  /// Gives the id the producer epoch of which only the last is left.
  func exhaustEpoch() {
    var metadata = machine.current!
    metadata.producerEpoch = TransactionMetadata.exhaustedEpoch
    let record = TransactionRecord(transactionalID: "tx", metadata: metadata)
    log.append(record)
    machine.replay(record)
  }
}

extension TransactionReply {
  static func fine(_ id: Int64, _ epoch: Int16) -> TransactionReply {
    .producer(.none, ProducerIdentity(id: id, epoch: epoch))
  }
}
