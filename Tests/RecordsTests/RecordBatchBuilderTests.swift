import Platform
import Testing

@testable import Records

struct RecordBatchBuilderTests {
  private static let records = [
    OwnedRecord(105, 5_000, "key", "value", headers: ["a", "1", "b", nil]),
    OwnedRecord(106, 4_000, nil, ""),
    OwnedRecord(300, 9_000, "", nil, headers: ["", ""]),
    OwnedRecord(301, -1, "k", "v"),
  ]

  private static func append(_ record: OwnedRecord, to builder: inout RecordBatchBuilder) -> Bool {
    var headers = RecordHeadersWriter()
    for pair in stride(from: 0, to: record.headers.count, by: 2) {
      headers.append(
        key: String(decoding: record.headers[pair] ?? [], as: UTF8.self),
        value: record.headers[pair + 1])
    }
    return builder.append(
      offset: Offset(record.offset), timestamp: record.timestamp, keyBytes: record.key,
      valueBytes: record.value, headers: headers.headers)
  }

  @Test(arguments: Compression.allCases)
  func `records come back with their gaps`(compression: Compression) throws {
    var builder = RecordBatchBuilder(capacity: 1)
    builder.begin(at: Offset(100), leaderEpoch: LeaderEpoch(6))
    for record in Self.records { check(Self.append(record, to: &builder)) }
    check(builder.stretch(through: Offset(400)))
    let compressor = Compressor(compression)
    let bytes = Array(try builder.finish(with: compressor))
    #expect(try recordsOf(bytes) == Self.records)
    let header = try #require(bytes.withUnsafeBytes { BatchHeader($0) })
    #expect(bytes.withUnsafeBytes { header.hasValidChecksum(in: $0) })
    #expect(header.baseOffset == Offset(100))
    #expect(header.lastOffset == Offset(400))
    #expect(header.partitionLeaderEpoch == LeaderEpoch(6))
    #expect(header.compression == compression)
    #expect(header.recordCount == 4)
    #expect(header.baseTimestamp == 5_000)
    #expect(header.maxTimestamp == 9_000)
    #expect(!header.hasProducerID && !header.isControl && !header.isTransactional)
  }

  @Test func `it writes what another implementation writes`() throws {
    var builder = RecordBatchBuilder()
    builder.begin(
      at: Offset(0), leaderEpoch: LeaderEpoch(0),
      producer: ProducerMark(id: 7, epoch: 1, baseSequence: 10))
    for record in RecordIteratorTests.three { check(Self.append(record, to: &builder)) }
    #expect(Array(try builder.finish()) == GoldenBatches.idempotent)
  }

  @Test(arguments: Compression.allCases)
  func `what it writes without gaps passes the validator`(compression: Compression) throws {
    var builder = RecordBatchBuilder()
    builder.begin(at: Offset(50), leaderEpoch: LeaderEpoch(0))
    for index in 0..<500 {
      let text = Array("record number \(index)".utf8)
      check(
        builder.append(
          offset: Offset(50 + Int64(index)), timestamp: 1_000 - Int64(index), keyBytes: nil,
          valueBytes: text))
    }
    let bytes = Array(try builder.finish(with: Compressor(compression)))
    #expect(try validated(bytes) == bytes)
  }

  @Test func `several batches stand back to back in one block`() throws {
    var builder = RecordBatchBuilder()
    let compressor = Compressor(.lz4)
    var ends: [Int] = []
    for base: Int64 in [0, 10, 20] {
      builder.begin(at: Offset(base), leaderEpoch: LeaderEpoch(1))
      for offset in base..<base + 10 {
        check(
          builder.append(
            offset: Offset(offset), timestamp: offset, keyBytes: [1],
            valueBytes: [UInt8](repeating: 7, count: 100)))
      }
      try builder.finish(with: base == 10 ? compressor : nil)
      ends.append(builder.byteCount)
    }
    let block = builder.takeBlock()
    #expect(block.count == ends[2])
    #expect(builder.byteCount == 0)
    for (index, start) in [0, ends[0], ends[1]].enumerated() {
      let records = try recordsOf(Array(block.bytes[start...]))
      #expect(records.map(\.offset) == Array(Int64(index) * 10..<Int64(index) * 10 + 10))
    }
  }

  @Test func `a record that cannot stand in the batch changes nothing`() throws {
    var builder = RecordBatchBuilder()
    builder.begin(at: Offset(0), leaderEpoch: LeaderEpoch(0))
    check(builder.append(offset: Offset(0), timestamp: .max, keyBytes: nil, valueBytes: nil))
    let before = builder.byteCount
    check(!builder.append(offset: Offset(1), timestamp: -2, keyBytes: nil, valueBytes: nil))
    check(
      !builder.append(offset: Offset(1 << 31), timestamp: 5, keyBytes: nil, valueBytes: nil))
    check(!builder.stretch(through: Offset(1 << 31)))
    #expect(builder.byteCount == before)
    let far = Offset(Int64(Int32.max))
    check(builder.append(offset: far, timestamp: 0, keyBytes: nil, valueBytes: nil))
    let bytes = Array(try builder.finish())
    #expect(try recordsOf(bytes).map(\.offset) == [0, far.rawValue])
  }

  @Test func `under log-append time a batch has one timestamp`() throws {
    var builder = RecordBatchBuilder()
    builder.begin(at: Offset(0), leaderEpoch: LeaderEpoch(0), timestampType: .logAppend)
    check(builder.append(offset: Offset(0), timestamp: 50, keyBytes: nil, valueBytes: nil))
    check(builder.append(offset: Offset(1), timestamp: 50, keyBytes: nil, valueBytes: nil))
    check(!builder.append(offset: Offset(2), timestamp: 51, keyBytes: nil, valueBytes: nil))
    let bytes = Array(try builder.finish())
    #expect(try recordsOf(bytes).map(\.timestamp) == [50, 50])
  }

  @Test func `a gap is covered by a commit marker at its end`() throws {
    var builder = RecordBatchBuilder()
    let end = builder.appendGap(
      from: Offset(10), through: Offset(1_000), leaderEpoch: LeaderEpoch(2))
    #expect(end == Offset(1_000))
    let bytes = Array(builder.bytes)
    let header = try #require(bytes.withUnsafeBytes { BatchHeader($0) })
    #expect(header.isControl && !header.isTransactional && !header.hasProducerID)
    #expect(header.baseOffset == Offset(10) && header.lastOffset == Offset(1_000))
    #expect(header.recordCount == 1)
    #expect(bytes.withUnsafeBytes { header.hasValidChecksum(in: $0) })
    #expect(try recordsOf(bytes).map(\.offset) == [1_000])
    #expect(control(bytes) == .commit(coordinatorEpoch: 0))
  }

  @Test func `a gap longer than a batch is covered in parts`() {
    var builder = RecordBatchBuilder()
    let last = Offset(5 << 31)
    var next = Offset(0)
    var parts = 0
    while next <= last {
      next = builder.appendGap(from: next, through: last, leaderEpoch: LeaderEpoch(0)) + 1
      parts += 1
    }
    #expect(next == last + 1)
    #expect(parts == 6)
  }

  @Test func `transaction ends say who and which`() throws {
    for record: ControlRecord in [.commit(coordinatorEpoch: 9), .abort(coordinatorEpoch: 3)] {
      var builder = RecordBatchBuilder()
      builder.appendControlBatch(
        record, at: Offset(77), leaderEpoch: LeaderEpoch(1), timestamp: 123, producerID: 42,
        producerEpoch: 5)
      let bytes = Array(builder.bytes)
      let header = try #require(bytes.withUnsafeBytes { BatchHeader($0) })
      #expect(header.isControl && header.isTransactional)
      #expect(header.producerID == 42 && header.producerEpoch == 5 && header.baseSequence == -1)
      #expect(header.lastOffset == Offset(77) && header.maxTimestamp == 123)
      #expect(control(bytes) == record)
    }
  }

  @Test func `removing all keeps nothing of an open batch`() throws {
    var builder = RecordBatchBuilder()
    builder.begin(at: Offset(0), leaderEpoch: LeaderEpoch(0))
    check(builder.append(offset: Offset(0), timestamp: 1, keyBytes: nil, valueBytes: nil))
    builder.removeAll()
    #expect(builder.byteCount == 0)
    builder.begin(at: Offset(9), leaderEpoch: LeaderEpoch(0))
    check(builder.append(offset: Offset(9), timestamp: 1, keyBytes: nil, valueBytes: nil))
    let bytes = Array(try builder.finish())
    #expect(try recordsOf(bytes).map(\.offset) == [9])
  }

  /// `#expect` cannot take an expression that changes something uncopyable.
  private func check(_ isTrue: Bool, at location: SourceLocation = #_sourceLocation) {
    #expect(isTrue, sourceLocation: location)
  }

  private func control(_ bytes: [UInt8]) -> ControlRecord? {
    let decompressor = Decompressor()
    return withExtendedLifetime(decompressor) {
      bytes.withUnsafeBytes { raw in
        guard var iterator = try? RecordIterator(batch: raw, decompressor: decompressor),
          let record = try? iterator.next()
        else { return nil }
        return ControlRecord(record)
      }
    }
  }
}
