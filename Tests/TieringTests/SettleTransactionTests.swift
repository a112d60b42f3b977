import CommitLog
import Lake
import ObjectStore
import Platform
import Records
import Testing

@testable import Tiering

/// Settling of transactions: nothing undecided and nothing aborted reaches the table.
struct SettleTransactionTests {
  private func settled(_ fixture: TieredFixture) -> Int64? {
    fixture.topic.view.settled(fixture.partition)?.rawValue
  }

  /// The rows of the table, counted by its files.
  private func rowCount(_ fixture: TieredFixture) -> Int64 {
    fixture.topic.view.snapshot?.files[fixture.partition]?.reduce(0) { $0 + $1.recordCount } ?? 0
  }

  @Test func `nothing settles past the oldest open transaction`() async throws {
    let fixture = try TieredFixture()
    try fixture.produce(50)
    try fixture.produce(10, in: 1)
    try fixture.produce(100)
    try await fixture.settler.round()
    #expect(settled(fixture) == 50)
    try await fixture.settler.round()
    #expect(settled(fixture) == 50)
    #expect(try await fixture.consume().count == 50)
    try fixture.end(1, .commit)
    try await fixture.settleAll()
    #expect(rowCount(fixture) == 160)
    try await fixture.expectWhole("committed")
  }

  @Test func `aborted records leave gaps, within segments and across them`() async throws {
    let fixture = try TieredFixture()
    try fixture.produce(20)
    // Interleaved, and over several segments.
    for step in 0..<6 {
      try fixture.produce(14, in: 1)
      try fixture.produce(7, in: 2)
      if step == 2 { try fixture.end(2, .abort) }
    }
    try fixture.end(1, .abort)
    try fixture.end(2, .commit)
    try fixture.produce(20)
    #expect(fixture.log.segments.count > 3)
    let before = try await fixture.consume()
    #expect(before == fixture.committed())
    #expect(before.count == 40 + 3 * 7)
    try await fixture.settleAll()
    #expect(fixture.log.localStartOffset == fixture.log.endOffset)
    #expect(rowCount(fixture) == 61)
    try await fixture.expectWhole("with gaps")
    for start in stride(from: Int64(0), to: fixture.log.endOffset.rawValue, by: 5) {
      #expect(try await fixture.consume(from: start) == fixture.committed(from: start))
    }
  }

  @Test func `a log of nothing but aborted records settles whole, without a file`() async throws {
    let fixture = try TieredFixture()
    try fixture.produce(100, in: 1)
    try fixture.end(1, .abort)
    try await fixture.settleAll()
    #expect(settled(fixture) == 101)
    #expect(rowCount(fixture) == 0)
    #expect(fixture.log.localStartOffset == Offset(101))
    #expect(try await fixture.consume() == [])
    // A consumer that comes from below goes on to what follows.
    try fixture.produce(10)
    #expect(try await fixture.consume() == fixture.committed())
    #expect(try await fixture.consume(from: 50).count == 10)
  }

  @Test func `a tail of aborted records and markers settles with its segment`() async throws {
    let fixture = try TieredFixture()
    try fixture.produce(30)
    try fixture.produce(40, in: 1)
    try fixture.end(1, .abort)
    _ = try fixture.log.roll(now: fixture.clock.wallMilliseconds())
    try await fixture.settleAll()
    #expect(settled(fixture) == 71)
    #expect(fixture.log.localStartOffset == Offset(71))
    try await fixture.expectWhole("an aborted tail")
  }

  @Test func `a transaction whose first segments are gone locally is left out of the rest`()
    async throws
  {
    // What has settled stays for a while.
    var settings = TieredFixture.eager
    settings.localRetentionMilliseconds = -1
    let fixture = try TieredFixture(settings: settings)
    try fixture.produce(10)
    try fixture.produce(60, in: 1)
    try fixture.produce(10)
    try fixture.end(1, .abort)
    try fixture.produce(20)
    try await fixture.settleAll()
    #expect(fixture.log.localStartOffset == Offset(0))
    let middle = fixture.log.segments[1].endOffset
    #expect(middle > Offset(10) && middle < Offset(70))
    try fixture.log.deleteSegments(below: middle)
    #expect(fixture.log.localStartOffset == middle)
    for start in 0..<fixture.log.endOffset.rawValue {
      #expect(try await fixture.consume(from: start) == fixture.committed(from: start))
    }
  }

  @Test func `a segment waits for its transactions before its time is over`() async throws {
    var settings = TieredFixture.eager
    settings.maxLagMilliseconds = 1000
    let fixture = try TieredFixture(settings: settings)
    try fixture.produce(20)
    try fixture.produce(30, in: 1)
    _ = try fixture.log.roll(now: fixture.clock.wallMilliseconds())
    try fixture.produce(1)
    try await fixture.settler.round()
    #expect(settled(fixture) ?? 0 == 0)
    fixture.clock.advance(milliseconds: 1001)
    try await fixture.settler.round()
    #expect(settled(fixture) == 20)
  }

  @Test func `a marker is durable before what it decided settles`() async throws {
    let fixture = try TieredFixture()
    try fixture.produce(10, in: 1)
    _ = try fixture.log.sync()
    try fixture.produce(10, in: 2)
    try fixture.end(1, .abort)
    try await fixture.settler.round()
    #expect(settled(fixture) == 10)
    #expect(fixture.log.syncedOffset == Offset(21))
  }

  @Test func `of aborted batches before a damaged one nothing is put aside`() async throws {
    let fixture = try TieredFixture()
    try fixture.produce(7)
    try fixture.produce(7, in: 1)
    let start = fixture.log.byteCount
    try fixture.produce(7)
    try fixture.produce(3)
    try fixture.end(1, .abort)
    _ = try fixture.log.sync()
    #expect(fixture.log.segments.count == 1)
    try fixture.spoil(at: start + 300)
    for _ in 0..<4 { try? await fixture.settler.round() }
    #expect(settled(fixture) == fixture.log.endOffset.rawValue)
    let state = try #require(fixture.topic.view.snapshot?.state[fixture.partition])
    #expect(state.quarantined.map(\.offsets) == [Offset(14)..<Offset(21)])
    #expect(rowCount(fixture) == 10)
  }

  @Test func `a table divided by time leaves out what was aborted`() async throws {
    var settings = TieredFixture.eager
    settings.layout = .byHour
    settings.maxOpenPartitions = 2
    let fixture = try TieredFixture(settings: settings)
    fixture.timestamp = { 1_700_000_000_000 + $0 % 5 * 3_600_000 }
    for step in 0..<8 {
      try fixture.produce(7)
      try fixture.produce(7, in: 1)
      if step % 3 == 2 { try fixture.end(1, step == 5 ? .commit : .abort) }
    }
    try fixture.end(1, .abort)
    try await fixture.settleAll(rounds: 200)
    #expect(try await fixture.consume() == fixture.committed())
    #expect(rowCount(fixture) == Int64(fixture.committed().count))
  }

  @Test(arguments: 0..<12)
  func `whatever transactions do, each committed record is seen once in each tier`(seed: UInt64)
    async throws
  {
    let random = SeededRandom(seed: seed)
    let fixture = try TieredFixture()
    for _ in 0..<60 {
      let producer = Int64(1 + random.below(4))
      switch random.below(10) {
      case 0..<3: try fixture.produce(1 + random.below(20), batch: 1 + random.below(9))
      case 3..<6:
        try fixture.produce(1 + random.below(30), batch: 1 + random.below(9), in: producer)
      case 6..<8: try fixture.end(producer, random.below(2) == 0 ? .commit : .abort)
      case 8: try await fixture.settler.round()
      default:
        let end = fixture.log.lastStableOffset.rawValue
        let start = end > 0 ? Int64(random.below(Int(end))) : 0
        #expect(
          try await fixture.consume(from: start, maxBytes: 1 + random.below(9000))
            == fixture.committed(from: start))
      }
      #expect(settled(fixture) ?? 0 <= fixture.log.lastStableOffset.rawValue)
    }
    for producer in fixture.ledger.open.keys.sorted() { try fixture.end(producer, .abort) }
    try await fixture.settleAll()
    try await fixture.expectWhole("seed \(seed)")
  }
}
