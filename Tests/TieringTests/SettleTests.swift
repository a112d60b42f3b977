import CommitLog
import Lake
import ObjectStore
import Platform
import Records
import Synchronization
import Testing

@testable import Tiering

struct SettleTests {
  @Test func `what settles reads back the same, from every offset`() async throws {
    let fixture = try TieredFixture()
    try fixture.produce(500)
    let before = try await fixture.consume()
    #expect(before.count == 500)
    try await fixture.settler.round()
    #expect(fixture.topic.view.settled(PartitionID(0)) == Offset(500))
    // The active segment was closed to go: nothing local is left.
    #expect(fixture.log.localStartOffset == Offset(500))
    #expect(fixture.log.logStartOffset == Offset(0))
    #expect(try await fixture.consume() == before)
    for start in stride(from: Int64(0), to: 500, by: 37) {
      #expect(try await fixture.consume(from: start).first == before[Int(start)])
    }
    try fixture.produce(100)
    try await fixture.settler.round()
    try fixture.produce(10)
    let all = try await fixture.consume()
    #expect(all.map(\.offset) == Array(0..<610))
    #expect(Array(all[..<500]) == before)
  }

  @Test func `the table holds each record once, in files whose bounds meet`() async throws {
    let fixture = try TieredFixture()
    for _ in 0..<5 {
      try fixture.produce(100)
      try await fixture.settler.round()
    }
    let files = try #require(fixture.topic.view.snapshot?.files[PartitionID(0)])
    #expect(files.reduce(0) { $0 + $1.recordCount } == 500)
    var next: Int64 = 0
    for file in files {
      #expect(file.offsets.lowerBound == next)
      next = file.offsets.upperBound + 1
    }
    #expect(next == 500)
    #expect(fixture.intents.isEmpty)
  }

  @Test func `a time finds its record in the cold tier`() async throws {
    let fixture = try TieredFixture()
    try fixture.produce(300)
    try await fixture.settler.round()
    for (time, offset) in [(0, 0), (5, 1), (1500, 150), (2990, 299)] as [(Int64, Int64)] {
      let found = try await fixture.reader.lookup(
        fixture.topic, PartitionID(0), timestamp: 1_700_000_000_000 + time, from: Offset(0),
        below: Offset(.max))
      #expect(found?.offset == Offset(offset))
    }
    let late = try await fixture.reader.lookup(
      fixture.topic, PartitionID(0), timestamp: 1_800_000_000_000, from: Offset(0),
      below: Offset(.max))
    #expect(late == nil)
  }

  @Test func `no time is searched for before the table has been seen`() async throws {
    let fixture = try TieredFixture()
    try fixture.produce(300)
    await #expect(throws: TieringError.self) {
      try await fixture.reader.lookup(
        fixture.topic, PartitionID(0), timestamp: 1_700_000_000_000, from: Offset(0),
        below: Offset(100))
    }
    try await fixture.settler.round()
    let found = try await fixture.reader.lookup(
      fixture.topic, PartitionID(0), timestamp: 1_700_000_000_000, from: Offset(0),
      below: Offset(100))
    #expect(found?.offset == Offset(0))
  }

  @Test func `a table divided by time gives the records in order of offset`() async throws {
    var settings = TieredFixture.eager
    settings.layout = .byHour
    let fixture = try TieredFixture(settings: settings)
    // 10 ms a record: 400,000 records would be an hour, so produce around hours by rounds.
    try fixture.produce(800)
    try await fixture.settler.round()
    #expect(try await fixture.consume().map(\.offset) == Array(0..<800))
  }

  @Test func `retention moves the log start and takes files out of the table`() async throws {
    var settings = TieredFixture.eager
    settings.retentionBytes = 1
    settings.lakeRetentionMilliseconds = 0
    let fixture = try TieredFixture(settings: settings)
    try fixture.produce(200)
    try await fixture.settler.round()
    try fixture.produce(200)
    fixture.clock.advance(milliseconds: 100_000_000)
    try await fixture.settler.round()
    try await fixture.settler.round()
    #expect(fixture.log.logStartOffset == Offset(200))
    #expect(fixture.topic.view.snapshot?.files[PartitionID(0)]?.count == 1)
    #expect(try await fixture.consume(from: 200).count == 200)
  }

  @Test func `deleted records make room while the store is away, and never settle`() async throws {
    let isAway = Atomic<Bool>(true)
    let store = FaultingStore(
      MemoryStore(),
      FaultScript { _ in isAway.load(ordering: .relaxed) ? .failsBefore : .none })
    let fixture = try TieredFixture(store: store)
    try fixture.produce(200)
    try fixture.log.advanceLogStart(to: Offset(150))
    await #expect(throws: TieringError.self) { try await fixture.settler.round() }
    let first = try #require(fixture.log.segments.first)
    #expect(first.baseOffset > Offset(0) && first.endOffset > Offset(150))
    isAway.store(false, ordering: .relaxed)
    try await fixture.settler.round()
    #expect(fixture.topic.view.settled(PartitionID(0)) == Offset(200))
    let files = try #require(fixture.topic.view.snapshot?.files[PartitionID(0)])
    #expect(files.map(\.offsets) == [150...199])
    #expect(try await fixture.consume(from: 150).map(\.offset) == Array(150..<200))
  }

  @Test func `deleting all that there is closes the active segment, and the table follows`()
    async throws
  {
    var settings = TieredFixture.eager
    settings.localRetentionMilliseconds = -1
    settings.lakeRetentionMilliseconds = 0
    let fixture = try TieredFixture(settings: settings)
    try fixture.produce(200)
    try await fixture.settler.round()
    try fixture.produce(3)
    try fixture.log.advanceLogStart(to: Offset(203))
    fixture.clock.advance(milliseconds: 100_000_000)
    try await fixture.settler.round()
    #expect(fixture.log.byteCount == 0 && fixture.log.endOffset == Offset(203))
    let snapshot = try #require(fixture.topic.view.snapshot)
    #expect(snapshot.files[PartitionID(0)]?.isEmpty == true)
    #expect(snapshot.state[PartitionID(0)]?.logStart == Offset(203))
    try fixture.produce(5)
    try await fixture.settler.round()
    #expect(try await fixture.consume(from: 203).map(\.offset) == Array(203..<208))
  }
}
