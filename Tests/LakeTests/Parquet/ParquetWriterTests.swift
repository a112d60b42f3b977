import Platform
import Records
import Testing

@testable import Lake

@Suite struct ParquetWriterTests {
  @Test func `what is hard to keep reads back equal`() throws {
    _ = try encodeFile([Samples.hardCases])
  }

  @Test(arguments: [UInt64(1), 2, 3, 4])
  func `row groups of all shapes read back equal`(seed: UInt64) throws {
    let groups = (0..<3).map {
      Samples.mixed(count: 1 + 700 * $0 * Int(seed), seed: seed * 10 + UInt64($0))
    }
    let options = ParquetOptions(pageByteCount: 4096)
    let (bytes, statistics) = try encodeFile(groups, partition: 3, options: options)
    #expect(statistics.byteCount == Int64(bytes.count))
    #expect(statistics.recordCount == Int64(groups.joined().count))
  }

  @Test func `statistics are exact`() throws {
    let groups = [Samples.mixed(count: 900, seed: 5), Samples.hardCases]
    let (bytes, statistics) = try encodeFile(groups, partition: 4)
    let all = groups.flatMap { $0 }
    #expect(statistics.partitions == 4...4)
    #expect(statistics.offsets == all.map(\.offset).min()!...all.map(\.offset).max()!)
    #expect(statistics.timestamps == -62_135_596_800_000_000...253_402_300_799_999_000)
    #expect(statistics.timestampTypes == 0...1)
    #expect(statistics.leaderEpochs == 0...Int32.max)
    #expect(statistics.nullKeyCount == Int64(all.count { $0.key == nil }))
    #expect(statistics.nullValueCount == Int64(all.count { $0.value == nil }))
    #expect(statistics.columnByteCounts.count == 11)
    #expect(statistics.columnByteCounts.values.reduce(0, +) < Int64(bytes.count))
    #expect(statistics.splitOffsets.first == 4)
    #expect(statistics.splitOffsets.count == 2)
    #expect(Array(bytes.prefix(4)) == Array("PAR1".utf8))
    #expect(Array(bytes.suffix(4)) == Array("PAR1".utf8))
  }

  @Test func `one row group takes several batches of several partitions`() throws {
    let batches = [
      RecordColumns(Samples.mixed(count: 500, seed: 6), partition: 1), RecordColumns([]),
      RecordColumns(Samples.mixed(count: 1, seed: 7), partition: 2),
      RecordColumns(Samples.mixed(count: 3000, seed: 8), partition: 5),
    ]
    let writer = try ParquetWriter(file: "test.parquet")
    let group = try writer.appendRowGroup(batches)
    try group.verify(against: batches)
    #expect(group.rowCount == 3501)
    #expect(try writer.finish().statistics.partitions == 1...5)
  }

  @Test func `values of 5 MB read back equal`() throws {
    let records = (0..<3).map {
      SampleRecord(offset: $0, key: [1], value: Array(repeating: UInt8($0), count: 5 << 20))
    }
    _ = try encodeFile([records])
  }

  @Test func `a row group of tombstones and one of a single record read back equal`() throws {
    let tombstones = (0..<50_000).map { SampleRecord(offset: $0) }
    _ = try encodeFile([tombstones, [SampleRecord(offset: 50_000, value: [])]])
  }

  @Test func `no records are refused`() throws {
    let writer = try ParquetWriter(file: "test.parquet")
    #expect(throws: LakeError.self) { try writer.appendRowGroup([]) }
    #expect(throws: LakeError.self) { try writer.appendRowGroup([RecordColumns([])]) }
    #expect(throws: LakeError.self) { _ = try writer.finish() }
  }

  @Test func `every difference is seen before upload`() throws {
    let records = Samples.hardCases + Samples.mixed(count: 300, seed: 10, firstOffset: 1000)
    let group = try ParquetWriter(file: "test.parquet").appendRowGroup([RecordColumns(records)])
    let row = records.firstIndex { !$0.headers.isEmpty && $0.key != nil && $0.value != nil }!
    let changes: [(inout SampleRecord) -> Void] = [
      { $0.offset += 1 }, { $0.timestamp += 1 }, { $0.timestampType ^= 1 },
      { $0.leaderEpoch += 1 }, { $0.key = nil }, { $0.key!.append(0) }, { $0.value = nil },
      { $0.value = [] }, { $0.headers[0].key.append(65) }, { $0.headers[0].value = [9, 9, 9] },
      { $0.headers = [] }, { $0.headers.append(SampleHeader("x", nil)) },
    ]
    for change in changes {
      var other = records
      change(&other[row])
      #expect(throws: LakeError.self) { try group.verify(against: [RecordColumns(other)]) }
    }
    let wrongPartition = RecordColumns(records, partition: 1)
    #expect(throws: LakeError.self) { try group.verify(against: [wrongPartition]) }
    let fewer = RecordColumns(Array(records.dropLast()))
    #expect(throws: LakeError.self) { try group.verify(against: [fewer]) }
    let more = RecordColumns(records + [SampleRecord(offset: 9999)])
    #expect(throws: LakeError.self) { try group.verify(against: [more]) }
  }
}
