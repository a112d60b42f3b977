import KafkaProtocol
import Records

@testable import Coordinators

/// A share-partition with a log that is durable when the test says so.
struct TestSharePartition {
  static let key = SharePartitionKey(
    group: "g", topicID: TopicID(high: 1, low: 2), partition: PartitionID(3))

  var machine: SharePartitionMachine
  var time = EventTime(monotonicMilliseconds: 1000, wallMilliseconds: 1_700_000_000_000)
  /// What a restart reads.
  private(set) var log: [ShareRecord] = []
  private(set) var unsynced: [(ticket: PersistTicket, record: ShareRecord)] = []
  private(set) var replies: [UInt64: ErrorCode] = [:]
  private(set) var wakes = 0
  private var nextToken: UInt64 = 0

  /// - Parameter start: where the group begins; nil leaves it unknown.
  init(start: Int64? = 0, _ config: ShareConfig = ShareConfig()) {
    machine = SharePartitionMachine(key: Self.key, config: config)
    if let start {
      handle(.begin(Offset(start)))
      sync()
    }
  }

  mutating func handle(_ event: SharePartitionEvent) {
    for action in machine.handle(event, at: time) {
      switch action {
      case .reply(let token, let code): replies[token.rawValue] = code
      case .persist(let ticket, let record): unsynced.append((ticket, record))
      case .wakeFetches: wakes += 1
      }
    }
  }

  /// Makes everything durable that was written.
  mutating func sync() {
    while !unsynced.isEmpty { syncOne() }
  }

  mutating func syncOne() {
    let (ticket, record) = unsynced.removeFirst()
    log.append(record)
    handle(.persisted(ticket))
  }

  /// Loses what was not durable, and replays what was.
  mutating func restart() {
    var shard = SharePartitionShard(config: machine.config)
    for record in log { shard.replay(record) }
    machine =
      shard.machines[Self.key] ?? SharePartitionMachine(key: Self.key, config: machine.config)
    unsynced = []
  }

  mutating func wait(_ milliseconds: Int64) {
    time.monotonicMilliseconds += milliseconds
    time.wallMilliseconds += milliseconds
    if let at = machine.nextCheck, at <= time.monotonicMilliseconds { handle(.checkLocks) }
  }

  /// Reads batches from where the machine says, as text: `0-4*1` is offsets 0 to 4, delivered once.
  mutating func acquire(
    _ batches: [ClosedRange<Int64>], end: Int64? = nil, by member: String = "a", max: Int = 500,
    size: Int = 500, strict: Bool = false, lock: Int64 = 30_000
  ) -> [String] {
    guard let from = machine.nextFetchOffset else { return ["no room"] }
    let reading = ShareReading(
      from: from, batches: batches.map { Offset($0.lowerBound)...Offset($0.upperBound) },
      end: Offset(end ?? (batches.last?.upperBound ?? -1) + 1))
    let wanted = ShareAcquisition(
      member: member, maximumRecords: max, batchSize: size, isStrict: strict,
      lockMilliseconds: lock)
    return machine.acquire(wanted, of: reading, at: time.monotonicMilliseconds).map {
      "\($0.first)-\($0.last)*\($0.deliveryCount)"
    }
  }

  /// Acknowledges ranges; the answer, or nil while there is none.
  mutating func acknowledge(
    _ ranges: [ClosedRange<Int64>], _ type: AcknowledgeType = .accept, by member: String = "a",
    syncs: Bool = true
  ) -> ErrorCode? {
    let token = nextToken
    nextToken += 1
    let batches = ranges.map {
      Acknowledgement(first: Offset($0.lowerBound), last: Offset($0.upperBound), type: type)
    }
    handle(
      .acknowledge(batches, member: member, lockMilliseconds: 30_000, ReplyToken(token)))
    if syncs { sync() }
    return replies[token]
  }

  /// An answer to something else than acknowledgements.
  mutating func ask(_ event: (ReplyToken) -> SharePartitionEvent) -> ErrorCode? {
    let token = nextToken
    nextToken += 1
    handle(event(ReplyToken(token)))
    sync()
    return replies[token]
  }

  /// The window as text: `0-4 acquired*1 a, 5-9 available*0`.
  var state: String {
    machine.window.runs.map { run in
      let holder = run.holder.map { " \($0.member)" } ?? ""
      return "\(run.first)-\(run.last) \(run.state)*\(run.deliveryCount)\(holder)"
    }.joined(separator: ", ")
  }

  var start: Int64? { machine.startOffset?.rawValue }
}
