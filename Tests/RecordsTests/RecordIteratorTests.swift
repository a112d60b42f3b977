import Platform
import Testing

@testable import Records

struct RecordIteratorTests {
  static let three = [
    OwnedRecord(0, 1_700_000_000_000, "k1", "v1", headers: ["h", "x"]),
    OwnedRecord(1, 1_700_000_000_005, nil, ""),
    OwnedRecord(2, 1_699_999_999_990, "", nil, headers: ["h2", nil, "h2", ""]),
  ]

  @Test func `a batch of another implementation is read`() throws {
    #expect(try recordsOf(GoldenBatches.plain) == Self.three)
    #expect(try recordsOf(GoldenBatches.idempotent) == Self.three)
  }

  @Test(arguments: [
    GoldenBatches.gzip, GoldenBatches.snappy, GoldenBatches.lz4, GoldenBatches.zstd,
  ])
  func `a compressed batch of another implementation is read`(bytes: [UInt8]) throws {
    let records = try recordsOf(bytes)
    #expect(Array(records.prefix(3)) == Self.three)
    #expect(
      Array(records.dropFirst(3))
        == (3..<40).map {
          OwnedRecord(
            Int64($0), 1_700_000_000_000 + Int64($0), "key-\($0 % 5)",
            "value value value \($0)")
        })
  }

  @Test func `under log-append time every record has the batch's max timestamp`() throws {
    var bytes = GoldenBatches.plain
    bytes.withUnsafeMutableBytes { BatchHeader.setMaxTimestamp(77, type: .logAppend, in: $0) }
    #expect(try recordsOf(bytes).map(\.timestamp) == [77, 77, 77])
  }

  @Test func `gaps between records are walked over`() throws {
    var batch = RawBatch.of(0)
    batch.records = [3, 4, 900].flatMap { RawRecordBytes(offsetDelta: $0).bytes }
    batch.header.baseOffset = Offset(100)
    batch.header.recordCount = 3
    batch.header.lastOffsetDelta = 1_000
    #expect(try recordsOf(batch.sealed()).map(\.offset) == [103, 104, 1_000])
  }

  @Test func `a batch without records is walked at once`() throws {
    #expect(try recordsOf(RawBatch.of(0).sealed()) == [])
  }

  @Test func `offsets that do not grow or leave the batch are refused`() {
    for deltas: [Int64] in [[0, 0], [1, 0], [0, 2], [-1, 0]] {
      var batch = RawBatch.of(2)
      batch.records = deltas.flatMap { RawRecordBytes(offsetDelta: $0).bytes }
      #expect(throws: BatchError.self, "\(deltas)") { try recordsOf(batch.sealed()) }
    }
  }

  @Test func `a timestamp that overflows is refused`() {
    var batch = RawBatch.of(1)
    batch.header.baseTimestamp = Int64.max
    batch.records = RawRecordBytes(timestampDelta: 1).bytes
    #expect(throws: BatchError(.timestampOutOfRange, recordIndex: 0)) {
      try recordsOf(batch.sealed())
    }
  }

  @Test(arguments: Compression.allCases)
  func `every truncated prefix is refused`(compression: Compression) {
    let bytes = RawBatch.of(9, compression: compression).sealed()
    for end in 0..<bytes.count {
      #expect(throws: BatchError.self) { try recordsOf(Array(bytes[..<end])) }
    }
  }

  @Test func `bytes after the batch are left alone`() throws {
    let bytes = RawBatch.of(3).sealed()
    #expect(try recordsOf(bytes + [1, 2, 3]).count == 3)
  }

  @Test func `headers of hostile counts end early`() {
    let bytes: [UInt8] = [2, 0x68, 1]
    bytes.withUnsafeBytes { raw in
      #expect(Array(RecordHeaders(count: Int32.max, bytes: raw)).count == 1)
    }
    #expect(
      Array(RecordHeaders(count: 5, bytes: UnsafeRawBufferPointer(start: nil, count: 0))).isEmpty)
  }
}
