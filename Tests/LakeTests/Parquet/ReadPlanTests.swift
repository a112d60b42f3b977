import Platform
import Records
import Testing

@testable import Lake

@Suite struct ReadPlanTests {
  private static func groups(seed: UInt64, gaps: Bool = true) -> [[SampleRecord]] {
    var first: Int64 = 500
    return (0..<3).map { number in
      let records = Samples.mixed(
        count: 1500, seed: seed + UInt64(number), firstOffset: first, gaps: gaps)
      first = records.last!.offset + 10
      return records
    }
  }

  @Test func `reading all gives back all`() throws {
    let hard = Samples.hardCases
    let file = try SampleFile([hard] + ReadPlanTests.groups(seed: 1), partition: 6)
    let (records, plans) = try file.read(0..<Int64.max, byteBudget: .max)
    #expect(records == file.records)
    #expect(plans.count == 1)
    #expect(plans[0].byteCount < file.bytes.count)
  }

  @Test func `each hard case alone comes back`() throws {
    let headers = SampleRecord(offset: 5, headers: [SampleHeader("", ""), SampleHeader("", nil)])
    for record in Samples.hardCases + [headers] {
      let file = try SampleFile([[record]])
      #expect(try file.read(0..<Int64.max, byteBudget: 1).records == [record])
    }
  }

  @Test func `columns that are one run come back from the middle too`() throws {
    let plain = (0..<45_000).map {
      SampleRecord(offset: $0, leaderEpoch: 7, key: $0 % 1000 == 999 ? nil : [1], value: [2])
    }
    var broken = plain.map { record in
      var record = record
      record.offset += 50_000
      return record
    }
    broken[44_000].headers = [SampleHeader("late", nil)]
    broken[44_000].leaderEpoch = 8
    broken[44_001].timestamp = .max
    broken[44_002].timestampType = 1
    let file = try SampleFile([plain, broken], partition: 2)
    for range in [Int64(39_990)..<40_010, 19_999..<20_001, 44_990..<50_010, 93_990..<94_010] {
      #expect(
        try file.read(range, byteBudget: 4000).records
          == file.records.filter { range.contains($0.offset) })
    }
  }

  @Test(arguments: [UInt64(1), 2, 3], [true, false])
  func `random ranges equal the full decode`(seed: UInt64, gaps: Bool) throws {
    let file = try SampleFile(ReadPlanTests.groups(seed: seed * 100, gaps: gaps))
    let random = SeededRandom(seed: seed)
    let last = file.records.last!.offset
    for _ in 0..<40 {
      let from = Int64(random.below(Int(last) + 200))
      let to = from + Int64(random.below(3) == 0 ? random.below(3000) : random.below(60))
      let (records, _) = try file.read(from..<to, byteBudget: random.below(30_000))
      #expect(records == file.records.filter { $0.offset >= from && $0.offset < to })
    }
  }

  @Test func `a single offset costs few pages, and the first plan holds it`() throws {
    let file = try SampleFile(ReadPlanTests.groups(seed: 7, gaps: true))
    let random = SeededRandom(seed: 7)
    for _ in 0..<50 {
      let record = file.records[random.below(file.records.count)]
      let plan = file.index.plan(
        partition: PartitionID(0), offsets: Offset(record.offset)..<Offset(Int64.max),
        byteBudget: 1)
      let columns = try plan.decode(file.fetch(plan), file: "test.parquet")
      #expect(columns.samples.first == record)
      let pages = plan.pieces.flatMap(\.slices).compactMap { $0?.pages.count }.reduce(0, +)
      #expect(pages < file.bytes.count / 10)
    }
  }

  @Test func `without gaps a plan begins at the very row`() throws {
    let file = try SampleFile(ReadPlanTests.groups(seed: 8, gaps: false))
    let plan = file.index.plan(
      partition: PartitionID(0), offsets: Offset(1234)..<Offset(1240), byteBudget: 100_000)
    #expect(plan.pieces.map(\.rows) == [734..<740])
    #expect(plan.next == nil)
  }

  @Test func `offsets that are not there give an empty plan or no records`() throws {
    let file = try SampleFile(ReadPlanTests.groups(seed: 9))
    let last = file.records.last!.offset
    for range in [0..<500, (last + 1)..<(last + 100), Int64.max - 1..<Int64.max] {
      let (records, plans) = try file.read(range, byteBudget: 1000)
      #expect(records.isEmpty && plans.count == 1 && plans[0].isEmpty)
    }
    let gap = zip(file.records, file.records.dropFirst()).first { $1.offset - $0.offset > 3 }!
    let (records, _) = try file.read(gap.0.offset + 1..<gap.1.offset, byteBudget: 1000)
    #expect(records.isEmpty)
    #expect(try file.read(600..<900, byteBudget: 1000, partition: 1).plans[0].isEmpty)
  }

  @Test func `rows of several partitions are told apart`() throws {
    let batches = (0..<4).map { partition in
      RecordColumns(
        Samples.mixed(count: 800 * (partition % 2) + 3, seed: UInt64(partition)),
        partition: Int32(partition))
    }
    let writer = try ParquetWriter(
      file: "test.parquet", options: ParquetOptions(pageByteCount: 2048))
    var bytes = try writer.appendRowGroup(batches).bytes.array
    bytes += try writer.appendRowGroup([batches[1].shifted(by: 100_000)]).bytes.array
    bytes += try writer.finish().bytes.array
    let file = try SampleFile(encoded: bytes)
    for partition in batches {
      let wanted = partition.partition.rawValue
      let (records, _) = try file.read(0..<100_000, byteBudget: 5000, partition: wanted)
      #expect(records == partition.samples)
    }
    let (records, _) = try file.read(300..<Int64.max, byteBudget: 100, partition: 1)
    #expect(
      records
        == (batches[1].samples + batches[1].shifted(by: 100_000).samples)
        .filter { $0.offset >= 300 })
  }

  @Test func `neighbouring ranges are fetched as one and far ones apart`() throws {
    let random = SeededRandom(seed: 11)
    let value = (0..<3).map { _ in Samples.bytes(random, 50_000) }
    let records = (0..<400).map { SampleRecord(offset: $0, value: value[Int($0) % 3]) }
    let file = try SampleFile(
      [records], options: ParquetOptions(codec: .uncompressed, pageByteCount: 256 << 10))
    let early = file.index.plan(
      partition: PartitionID(0), offsets: Offset(1)..<Offset(2), byteBudget: 1000)
    #expect(early.ranges.count == 1)
    let late = file.index.plan(
      partition: PartitionID(0), offsets: Offset(399)..<Offset(400), byteBudget: 1000)
    #expect(late.ranges.count == 2)
    #expect(late.byteCount < 600 << 10)
    #expect(try file.read(390..<400, byteBudget: 1 << 20).records == Array(records[390...]))
  }

  @Test func `finds the first record of a timestamp`() throws {
    let file = try SampleFile(ReadPlanTests.groups(seed: 12) + [Samples.hardCases.shifted])
    let timestamps = [Int64.min, -1, 0, 1_700_000_000_000, 1_700_000_020_000, 253_402_300_799_999]
    for timestamp in timestamps + [1_700_000_050_001, .max] {
      #expect(
        try file.firstOffset(timestampAtLeast: timestamp)
          == file.records.first { $0.timestamp >= timestamp }?.offset)
    }
  }
}

extension SampleFile {
  init(encoded bytes: [UInt8]) throws {
    self.bytes = bytes
    records = []
    index = try SampleFile.index(of: bytes)
    partition = 0
  }

  fileprivate func firstOffset(timestampAtLeast timestamp: Int64) throws -> Int64? {
    var position: ReadPlan.Position?
    repeat {
      let plan = index.plan(
        partition: PartitionID(0), timestampAtLeast: timestamp,
        offsets: Offset(0)..<Offset(Int64.max), resumingAt: position)
      let columns = try plan.decode(fetch(plan), file: "test.parquet")
      if let row = columns.firstRow(timestampAtLeast: timestamp) {
        return columns.offset(at: row).rawValue
      }
      position = plan.next
    } while position != nil
    return nil
  }
}

extension RecordColumns {
  fileprivate func shifted(by count: Int64) -> RecordColumns {
    RecordColumns(
      samples.map {
        var record = $0
        record.offset += count
        return record
      }, partition: partition.rawValue)
  }
}

extension [SampleRecord] {
  fileprivate var shifted: [SampleRecord] {
    map {
      var record = $0
      record.offset += 1_000_000
      return record
    }
  }
}
