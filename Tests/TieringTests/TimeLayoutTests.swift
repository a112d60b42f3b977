import ObjectStore
import Platform
import Records
import Testing

@testable import Lake
@testable import Tiering

/// Tables that are divided by time: the files of a partition overlap in offset.
struct TimeLayoutTests {
  private func fixture(
    _ layout: LakeLayout, maxOpenPartitions: Int, timestamp: @escaping (Int64) -> Int64
  ) throws -> TieredFixture {
    var settings = TieredFixture.eager
    settings.layout = layout
    settings.maxOpenPartitions = maxOpenPartitions
    // By size, since some of the times lie in the future, where time never takes a segment.
    settings.localRetentionBytes = 0
    let fixture = try TieredFixture(settings: settings)
    fixture.timestamp = timestamp
    return fixture
  }

  private func check(_ fixture: TieredFixture, count: Int) async throws {
    let before = try await fixture.consume()
    try await fixture.settleAll(rounds: 200)
    #expect(fixture.log.localStartOffset == Offset(Int64(count)))
    let files = try #require(fixture.topic.view.snapshot?.files[fixture.partition])
    #expect(files.reduce(0) { $0 + $1.recordCount } == Int64(count))
    #expect(try await fixture.consume() == before)
    #expect(before == (0..<Int64(count)).map { fixture.entry($0) })
    for start in [1, Int64(count) / 2, Int64(count) - 1] {
      #expect(try await fixture.consume(from: start).first == fixture.entry(start))
    }
  }

  @Test(arguments: [1, 3, 11, 12]) func `more hours than may be open at once are one commit`(
    maxOpenPartitions: Int
  ) async throws {
    let hours = try fixture(.byHour, maxOpenPartitions: maxOpenPartitions) {
      1_700_000_000_000 + ($0 / 5 % 12) * 3_600_000 + $0
    }
    try hours.produce(480)
    try await check(hours, count: 480)
    // One file for each hour, though its records come back again and again.
    let files = try #require(hours.topic.view.snapshot?.files[hours.partition])
    #expect(files.count == 12)
  }

  @Test func `a range that would take too many passes ends before, and the next goes on there`()
    async throws
  {
    let hours = try fixture(.byHour, maxOpenPartitions: 1) {
      1_700_000_000_000 + ($0 * 7 % 100) * 3_600_000
    }
    try hours.produce(300)
    try await check(hours, count: 300)
  }

  @Test func `damage behind the first pass ends the range for all passes`() async throws {
    let hours = try fixture(.byHour, maxOpenPartitions: 2) {
      1_700_000_000_000 + ($0 % 5) * 3_600_000
    }
    try hours.produce(210, batch: 7)
    let segment = "\(hours.root)/data/flights-0/00000000000000000000.log"
    let size = try hours.fileSystem.open(segment, .read).size()
    try hours.spoil(at: size * 2 / 3)
    try await hours.settleAll()
    let files = try #require(hours.topic.view.snapshot?.files[hours.partition])
    // All but the one batch, which is put aside.
    #expect(files.reduce(0) { $0 + $1.recordCount } == 203)
    #expect(files.count == 10)
  }

  @Test func `hours that alternate overlap, and come back in order`() async throws {
    let hours = try fixture(.byHour, maxOpenPartitions: 32) {
      1_700_000_000_000 + ($0 % 5) * 3_600_000
    }
    try hours.produce(400)
    try await hours.settleAll()
    try hours.produce(200)
    try await check(hours, count: 600)
    #expect(hours.topic.view.snapshot?.files[hours.partition]?.count == 10)
  }

  @Test func `days before 1970 and at the ends of time are days like others`() async throws {
    let times: [Int64] = [
      -1, 0, -86_400_001, 86_399_999, -62_135_596_800_000, .min, .max, 253_402_300_800_000, 5,
    ]
    let days = try fixture(.byDay, maxOpenPartitions: 32) { times[Int($0) % times.count] }
    // Batches of one: the times lie further apart than a batch can say.
    try days.produce(45, batch: 1)
    try await check(days, count: 45)
  }

  @Test func `a time is found in files that overlap`() async throws {
    let hours = try fixture(.byHour, maxOpenPartitions: 32) {
      1_700_000_000_000 + ($0 % 5) * 3_600_000 + $0
    }
    try hours.produce(100)
    try await hours.settleAll()
    let wanted: Int64 = 1_700_000_000_000 + 2 * 3_600_000 + 50
    let found = try await hours.reader.lookup(
      hours.topic, hours.partition, timestamp: wanted, from: Offset(0), below: Offset(.max))
    let first = (0..<100).first { hours.timestamp($0) >= wanted }
    #expect(found?.offset.rawValue == first)
  }

  @Test func `a table can be divided by partition and by time`() async throws {
    let layout = LakeLayout(
      name: "both",
      partitioning: [
        .init(transform: .identity, column: "kafka_partition"),
        .init(transform: .hour, column: "kafka_timestamp"),
      ])
    let both = try fixture(layout, maxOpenPartitions: 32) {
      1_700_000_000_000 + ($0 % 3) * 3_600_000
    }
    try both.produce(90)
    try await check(both, count: 90)
    #expect(both.topic.view.snapshot?.files[both.partition]?.count == 3)
  }
}
