import Platform
import Records

@testable import Lake

/// A record as plain values, to fill columns with and to compare them with.
struct SampleRecord: Equatable {
  var offset: Int64
  var timestamp: Int64 = 1_700_000_000_000
  var timestampType: UInt8 = 0
  var leaderEpoch: Int32 = 0
  var headers: [SampleHeader] = []
  var key: [UInt8]?
  var value: [UInt8]?
}

struct SampleHeader: Equatable {
  var key: [UInt8]
  var value: [UInt8]?

  init(_ key: String, _ value: String?) {
    self.init(Array(key.utf8), value.map { Array($0.utf8) })
  }

  init(_ key: [UInt8], _ value: [UInt8]?) {
    self.key = key
    self.value = value
  }
}

extension RecordColumns {
  convenience init(
    _ records: [SampleRecord], partition: Int32 = 0, byteLimit: Int = .max
  ) {
    self.init(partition: PartitionID(partition), byteLimit: byteLimit)
    for record in records { append(record) }
  }

  @discardableResult
  func append(_ record: SampleRecord) -> Bool {
    let taken = withOptionalBytes(record.key) { key in
      withOptionalBytes(record.value) { value in
        append(
          offset: Offset(record.offset), timestamp: record.timestamp,
          timestampType: record.timestampType, leaderEpoch: LeaderEpoch(record.leaderEpoch),
          key: key, value: value)
      }
    }
    guard taken else { return false }
    for header in record.headers {
      withOptionalBytes(header.key) { key in
        withOptionalBytes(header.value) { value in appendHeader(key: key!, value: value) }
      }
    }
    return true
  }

  var samples: [SampleRecord] {
    (0..<count).map { row in
      var headers: [SampleHeader] = []
      forEachHeader(at: row) { key, value in
        headers.append(SampleHeader(Array(key), value.map { Array($0) }))
      }
      return SampleRecord(
        offset: offset(at: row).rawValue, timestamp: timestamp(at: row),
        timestampType: timestampType(at: row), leaderEpoch: leaderEpoch(at: row).rawValue,
        headers: headers, key: key(at: row).map { Array($0) },
        value: value(at: row).map { Array($0) })
    }
  }
}

private func withOptionalBytes<R>(
  _ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer?) -> R
) -> R {
  guard let bytes else { return body(nil) }
  return bytes.withUnsafeBytes { body($0) }
}

enum Samples {
  /// Records that differ in everything that can differ, with gaps between their offsets.
  static func mixed(
    count: Int, seed: UInt64, firstOffset: Int64 = 0, valueByteCount: Int = 100, gaps: Bool = true
  ) -> [SampleRecord] {
    let random = SeededRandom(seed: seed)
    var offset = firstOffset
    var timestamp: Int64 = 1_700_000_000_000
    return (0..<count).map { _ in
      let record = SampleRecord(
        offset: offset, timestamp: timestamp,
        timestampType: random.below(20) == 0 ? 1 : 0,
        leaderEpoch: Int32(offset / 1000),
        headers: (0..<max(0, random.below(6) - 3)).map { _ in header(random) },
        key: random.below(3) == 0 ? nil : bytes(random, random.below(20)),
        value: random.below(10) == 0
          ? nil : bytes(random, random.below(valueByteCount * 2)))
      timestamp += Int64(random.below(100)) - 20
      offset += gaps && random.below(8) == 0 ? Int64(random.below(50)) + 1 : 1
      return record
    }
  }

  static func bytes(_ random: some RandomSource, _ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(97 + random.below(16)) }
  }

  private static func header(_ random: some RandomSource) -> SampleHeader {
    let names = ["trace", "trace", "source", ""]
    var key = Array(names[random.below(names.count)].utf8)
    if random.below(5) == 0 { key.append(0xff) }
    return SampleHeader(
      key, random.below(3) == 0 ? nil : bytes(random, random.below(12)))
  }

  /// What is hard to keep exactly, one record each.
  static let hardCases: [SampleRecord] = {
    let timestamps: [Int64] = [
      -1, 0, 1, -62_135_596_800_000, -62_135_596_800_001, 253_402_300_799_999,
      253_402_300_800_000, .min, .max, -999, -1001,
    ]
    var records = timestamps.map { SampleRecord(offset: 0, timestamp: $0, value: [1]) }
    records += [
      SampleRecord(offset: 0),
      SampleRecord(offset: 0, key: [], value: []),
      SampleRecord(offset: 0, key: nil, value: []),
      SampleRecord(offset: 0, key: [], value: nil),
      SampleRecord(offset: 0, timestampType: 1, leaderEpoch: .max, key: [0], value: [255]),
      SampleRecord(
        offset: 0,
        headers: [
          SampleHeader("a", "1"), SampleHeader("a", "1"), SampleHeader("a", nil),
          SampleHeader("", ""), SampleHeader([0xff, 0xfe], [0, 1]),
          SampleHeader([0xed, 0xa0, 0x80], nil), SampleHeader("é€😀", "😀"),
        ]),
      SampleRecord(offset: 0, headers: [SampleHeader("only", nil)], key: [7]),
    ]
    for index in records.indices { records[index].offset = Int64(index) * 3 + 10 }
    return records
  }()
}

/// A whole file made of row groups of samples.
func encodeFile(
  _ groups: [[SampleRecord]], partition: Int32 = 0, options: ParquetOptions = ParquetOptions()
) throws -> (bytes: [UInt8], statistics: RecordStatistics) {
  let writer = try ParquetWriter(file: "test.parquet", options: options)
  var bytes: [UInt8] = []
  for group in groups {
    let columns = [RecordColumns(group, partition: partition)]
    let encoded = try writer.appendRowGroup(columns)
    try encoded.verify(against: columns)
    bytes += encoded.bytes.array
  }
  let (last, statistics) = try writer.finish()
  return (bytes + last.array, statistics)
}
