import Platform
import Testing

@testable import Coordinators

/// The coordinator of one group as a simulation plays it, with its clock and its disk, which is
/// slow and loses what was not synced.
final class SimulatedCoordinator {
  private let seed: UInt64
  private let random: SeededRandom
  private let config = GroupConfig()
  private var shard: GroupShard
  var topics: TestCatalog
  /// Gets what the group answers.
  var answered: (ReplyToken, GroupReply) -> Void = { _, _ in }
  private var time = EventTime(monotonicMilliseconds: 0, wallMilliseconds: 1_700_000_000_000)
  private var wakeAt: Int64?
  private var durable: [GroupRecord] = []
  private var inFlight: [(ticket: PersistTicket, records: [GroupRecord])] = []

  init(seed: UInt64, _ random: SeededRandom, topics: TestCatalog) {
    self.seed = seed
    self.random = random
    self.topics = topics
    shard = GroupShard(config: config, random: random)
  }

  /// Monotonic milliseconds.
  var now: Int64 { time.monotonicMilliseconds }
  var group: GroupMachine? { shard.groups["g"] }
  var isWriting: Bool { !inFlight.isEmpty }

  func fail(_ words: Comment) { Issue.record("seed \(seed): \(words)") }

  /// Moves the clock on by steps of 100 milliseconds, with `each` in every one.
  func advance(_ milliseconds: Int64, _ each: () -> Void) {
    let end = now + milliseconds
    while now < end {
      time.monotonicMilliseconds += 100
      time.wallMilliseconds += 100
      if let at = wakeAt, at <= now {
        wakeAt = nil
        handle(.wake)
      }
      each()
    }
  }

  func handle(_ event: GroupEvent) {
    shard.surroundings.topics = topics
    perform(shard.handle(event, group: "g", at: time))
  }

  private func perform(_ actions: [GroupAction]) {
    for action in actions {
      switch action {
      case .wake(let at): wakeAt = at
      case .persist(let ticket, let records): inFlight.append((ticket, records))
      case .persistInTransaction: fail("nobody has a transaction here")
      case .reply(let token, let reply): answered(token, reply)
      }
    }
  }

  // MARK: The disk

  /// Makes the first records that are on their way durable.
  func sync() {
    guard !inFlight.isEmpty else { return }
    let (ticket, records) = inFlight.removeFirst()
    durable += records
    handle(.persisted(ticket))
  }

  /// Loses the first records that are on their way, if there are any, and says so.
  func failOne() {
    guard !inFlight.isEmpty else { return }
    let (ticket, _) = inFlight.removeFirst()
    handle(.failed(ticket, .notCoordinator))
  }

  /// Begins again with what is durable, and some of what was about to be.
  func crash() {
    for (_, records) in inFlight.prefix(random.below(inFlight.count + 1)) { durable += records }
    inFlight = []
    shard = replayed()
    wakeAt = nil
    for (_, actions) in shard.finishReplay(at: time) { perform(actions) }
  }

  /// What a restart would read.
  func replayed() -> GroupShard {
    var shard = GroupShard(config: config, random: random)
    for record in durable { shard.replay(record) }
    return shard
  }
}
