import KafkaProtocol
import Platform
import Records
import Testing

@testable import Coordinators

/// Members that acquire, acknowledge, dawdle and die, a coordinator that crashes, a disk that is
/// slow and loses what was not synced: one thread, virtual time, everything from one seed.
///
/// Checked all the while: a record has one holder; no delivery count is above the limit; what was
/// answered as accepted or rejected is never delivered again; the start never passes a record that
/// nobody is done with.
struct ShareSimulation {
  /// What the test knows of one record.
  private struct Known {
    var holder: String?
    var deadline: Int64 = 0
    var deliveries = 0
    /// How often it was delivered, as the last member was told.
    var count: Int16 = 0
    /// Somebody accepted or rejected it, answered or not.
    var isSettled = false
    /// That was answered: it is durable.
    var isAnswered = false
  }

  private static let lock: Int64 = 5000
  private let seed: UInt64
  private let random: SeededRandom
  private var group: TestSharePartition
  private let limit: Int16 = 3
  /// The log: batches of records, with gaps between them.
  private var batches: [ClosedRange<Int64>] = []
  private var end: Int64 = 0
  private var records: [Int64: Known] = [:]
  /// Acknowledgements that have no answer: the offsets of each.
  private var asked: [UInt64: [Int64]] = [:]
  private var nextToken: UInt64 = 1_000_000
  private(set) var deliveryCount = 0
  private(set) var crashCount = 0

  init(seed: UInt64) {
    self.seed = seed
    random = SeededRandom(seed: seed)
    var config = ShareConfig()
    config.deliveryCountLimit = limit
    config.maximumRecordLocks = 100
    config.updatesPerSnapshot = 7
    group = TestSharePartition(config)
  }

  mutating func run(steps: Int) {
    for _ in 0..<steps {
      switch random.below(20) {
      case 0..<5: produce()
      case 5..<10: acquire("m\(random.below(4))")
      case 10..<14: acknowledge("m\(random.below(4))")
      case 14: kill("m\(random.below(4))")
      case 15 where random.below(6) == 0: crash()
      case 16..<18: pass(Int64(random.below(3000)))
      default: if !group.unsynced.isEmpty { group.syncOne() }
      }
      hear()
      check()
    }
  }

  /// Nothing bad happens any more: every record ends settled.
  mutating func settle() {
    for _ in 0..<2000 where group.start != end {
      group.sync()
      acquire("last")
      let held = records.filter { $0.value.holder == "last" }.keys.sorted()
      if held.isEmpty { pass(Self.lock) } else { send("last", held, .accept) }
      group.sync()
      hear()
      check()
    }
    #expect(group.start == end, "seed \(seed): \(group.state)")
  }

  // MARK: What happens

  private mutating func produce() {
    // Gaps stand for markers, aborted and compacted records.
    if random.below(4) == 0 { end += Int64(random.below(4)) }
    let last = end + Int64(random.below(8))
    batches.append(end...last)
    for offset in end...last { records[offset] = Known() }
    end = last + 1
  }

  private mutating func acquire(_ member: String) {
    guard let from = group.machine.nextFetchOffset?.rawValue, from < end else { return }
    let strict = random.below(2) == 0
    let max = 1 + random.below(30)
    let read = batches.filter { $0.upperBound >= from }.prefix(1 + random.below(6))
    let reach = read.last == batches.last ? end : (read.last?.upperBound ?? -1) + 1
    let reading = ShareReading(
      from: Offset(from), batches: read.map { Offset($0.lowerBound)...Offset($0.upperBound) },
      end: Offset(reach))
    let wanted = ShareAcquisition(
      member: member, maximumRecords: max, batchSize: 1 + random.below(10), isStrict: strict,
      lockMilliseconds: Self.lock)
    let now = group.time.monotonicMilliseconds
    let ranges = group.machine.acquire(wanted, of: reading, at: now)
    let count = ranges.reduce(0) { $0 + $1.count }
    if strict { #expect(count <= Int64(max), "seed \(seed)") }
    for range in ranges {
      #expect(range.deliveryCount <= limit && range.deliveryCount > 0, "seed \(seed)")
      for offset in range.first.rawValue...range.last.rawValue {
        guard var record = records[offset] else {
          Issue.record("seed \(seed): \(offset) is no record")
          continue
        }
        #expect(record.holder == nil, "seed \(seed): \(offset) has two holders")
        #expect(!record.isAnswered, "seed \(seed): \(offset) was settled")
        record.holder = member
        record.deadline = now + Self.lock
        record.deliveries += 1
        record.count = range.deliveryCount
        record.isSettled = false
        records[offset] = record
        deliveryCount += 1
      }
    }
  }

  private mutating func acknowledge(_ member: String) {
    let held = records.filter { $0.value.holder == member }.keys.sorted()
    guard !held.isEmpty else { return }
    let some = held.filter { _ in random.below(3) > 0 }
    let types: [AcknowledgeType] = [.accept, .accept, .release, .reject, .gap, .renew]
    send(member, some, types[random.below(types.count)])
  }

  private mutating func send(_ member: String, _ offsets: [Int64], _ type: AcknowledgeType) {
    guard !offsets.isEmpty else { return }
    let token = nextToken
    nextToken += 1
    let batches = offsets.map { Acknowledgement(first: Offset($0), last: Offset($0), type: type) }
    for offset in offsets {
      if type == .renew {
        records[offset]?.deadline = group.time.monotonicMilliseconds + Self.lock
      } else {
        records[offset]?.holder = nil
        records[offset]?.isSettled = type != .release
      }
    }
    if type != .release, type != .renew { asked[token] = offsets }
    group.handle(
      .acknowledge(batches, member: member, lockMilliseconds: Self.lock, ReplyToken(token)))
  }

  private mutating func kill(_ member: String) {
    for (offset, record) in records where record.holder == member { records[offset]?.holder = nil }
    group.handle(.memberGone(member))
  }

  private mutating func crash() {
    crashCount += 1
    hear()
    for _ in 0..<random.below(group.unsynced.count + 1) { group.syncOne() }
    hear()
    asked = [:]
    for offset in records.keys {
      records[offset]?.holder = nil
    }
    group.restart()
  }

  private mutating func pass(_ milliseconds: Int64) {
    group.wait(milliseconds)
    let now = group.time.monotonicMilliseconds
    for (offset, record) in records where record.holder != nil && record.deadline <= now {
      records[offset]?.holder = nil
    }
  }

  // MARK: What must hold

  /// Takes note of the answers that have come.
  private mutating func hear() {
    for (token, offsets) in asked {
      guard let code = group.replies[token] else { continue }
      asked[token] = nil
      #expect(code == .none, "seed \(seed): \(code)")
      for offset in offsets { records[offset]?.isAnswered = true }
    }
  }

  private func check() {
    guard let start = group.start else { return }
    for (offset, record) in records where offset < start {
      // Settled, or delivered as often as may be.
      #expect(
        record.isSettled || record.count >= limit,
        "seed \(seed): \(offset) is passed over, \(record)")
      #expect(record.holder == nil, "seed \(seed): \(offset) is held below the start")
    }
    var position = start
    for run in group.machine.window.runs {
      #expect(run.first.rawValue == position, "seed \(seed): a gap in the window")
      position = run.last.rawValue + 1
    }
    #expect(group.machine.window.runs.first?.state.isFinal != true, "seed \(seed)")
  }
}

struct ShareSimulationTests {
  @Test(arguments: 1...60 as ClosedRange<UInt64>)
  func `no record is lost, and none is done with twice`(seed: UInt64) {
    var simulation = ShareSimulation(seed: seed)
    simulation.run(steps: 1500)
    simulation.settle()
    #expect(simulation.deliveryCount > 100)
  }

  @Test func `the simulation crashes`() {
    var crashes = 0
    for seed in 1...10 as ClosedRange<UInt64> {
      var simulation = ShareSimulation(seed: seed)
      simulation.run(steps: 1500)
      crashes += simulation.crashCount
    }
    #expect(crashes > 20)
  }
}
