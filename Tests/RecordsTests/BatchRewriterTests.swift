import Platform
import Testing

@testable import Records

struct BatchRewriterTests {
  private static let records = [
    OwnedRecord(100, 5_000, "a", "first", headers: ["h", "1"]),
    OwnedRecord(101, 4_000, "b", nil),
    OwnedRecord(103, 9_000, "", "empty key"),
    OwnedRecord(104, -1, "a", ""),
    OwnedRecord(110, 6_000, "c", String(repeating: "long", count: 100)),
  ]

  private static func batch(
    _ compression: Compression, _ type: TimestampType = .create
  ) throws -> [UInt8] {
    var builder = RecordBatchBuilder()
    builder.begin(
      at: Offset(100), leaderEpoch: LeaderEpoch(7), timestampType: type,
      producer: ProducerMark(id: 9, epoch: 2, baseSequence: 40), isTransactional: true)
    for record in records {
      var headers = RecordHeadersWriter()
      for pair in stride(from: 0, to: record.headers.count, by: 2) {
        headers.append(
          key: String(decoding: record.headers[pair] ?? [], as: UTF8.self),
          value: record.headers[pair + 1])
      }
      let timestamp = type == .create ? record.timestamp : 8_000
      let isIn = builder.append(
        offset: Offset(record.offset), timestamp: timestamp, keyBytes: record.key,
        valueBytes: record.value, headers: headers.headers)
      precondition(isIn)
    }
    let stretched = builder.stretch(through: Offset(111))
    precondition(stretched)
    return Array(try builder.finish(with: Compressor(compression)))
  }

  private func rewrite(
    _ batch: [UInt8], _ rewriter: BatchRewriter = BatchRewriter(), horizon: Int64? = nil,
    keeps: (Int64) -> Bool
  ) throws -> (selection: BatchRewriter.Selection, bytes: [UInt8], header: BatchHeader) {
    try batch.withUnsafeBytes { bytes in
      let selection = try rewriter.select(bytes) { keeps($0.offset.rawValue) }
      let header = BatchHeader(unchecked: bytes.baseAddress!)
      let written = try rewriter.write(header, selection, deleteHorizon: horizon)
      let after = BatchHeader(unchecked: written.baseAddress!)
      #expect(after.hasValidChecksum(in: written))
      return (selection, Array(written), after)
    }
  }

  /// Everything but what a rewrite may change.
  private func expectSameBatch(_ before: [UInt8], _ after: BatchHeader) {
    let old = before.withUnsafeBytes { BatchHeader(unchecked: $0.baseAddress!) }
    #expect(after.baseOffset == old.baseOffset)
    #expect(after.lastOffset == old.lastOffset)
    #expect(after.partitionLeaderEpoch == old.partitionLeaderEpoch)
    #expect(after.producerID == old.producerID)
    #expect(after.producerEpoch == old.producerEpoch)
    #expect(after.baseSequence == old.baseSequence)
    #expect(after.lastSequence == old.lastSequence)
    #expect(after.isTransactional)
    #expect(after.timestampType == old.timestampType)
  }

  @Test(arguments: Compression.allCases, [nil, 1_000, 1_700_000_000_000] as [Int64?])
  func `what stays is as it was, whatever goes`(codec: Compression, horizon: Int64?) throws {
    let batch = try Self.batch(codec)
    let rewriter = BatchRewriter()
    for mask in 1..<(1 << Self.records.count) {
      let kept = Self.records.enumerated().filter { mask & (1 << $0.offset) != 0 }.map(\.element)
      let offsets = Set(kept.map(\.offset))
      let result = try rewrite(batch, rewriter, horizon: horizon) { offsets.contains($0) }
      #expect(result.selection.total == Self.records.count)
      #expect(result.selection.kept == kept.count)
      #expect(result.selection.tombstones == kept.count { $0.value == nil })
      #expect(result.selection.isPartial == (kept.count < Self.records.count))
      #expect(try recordsOf(result.bytes) == kept)
      expectSameBatch(batch, result.header)
      #expect(result.header.compression == codec)
      #expect(result.header.maxTimestamp == kept.map(\.timestamp).max())
      #expect(result.header.hasDeleteHorizon == (horizon != nil))
      if let horizon { #expect(result.header.baseTimestamp == horizon) }
    }
  }

  @Test(arguments: Compression.allCases)
  func `with no record left the header stays`(codec: Compression) throws {
    let batch = try Self.batch(codec)
    let result = try rewrite(batch) { _ in false }
    #expect(result.bytes.count == BatchHeader.headerByteCount)
    #expect(result.header.recordCount == 0)
    #expect(result.header.compression == Compression.none)
    #expect(result.header.maxTimestamp == 9_000)
    expectSameBatch(batch, result.header)
    #expect(try recordsOf(result.bytes).isEmpty)
    let again = try rewrite(result.bytes) { _ in true }
    #expect(again.bytes == result.bytes)
  }

  @Test func `a horizon stays when the batch is written again`() throws {
    let first = try rewrite(Self.batch(.zstd), horizon: 77_000) { _ in true }
    let second = try rewrite(first.bytes, horizon: 99_000) { $0 != 100 }
    #expect(second.header.hasDeleteHorizon)
    #expect(second.header.baseTimestamp == 77_000)
    #expect(try recordsOf(second.bytes) == Array(Self.records.dropFirst()))
  }

  @Test(arguments: [nil, 1_000] as [Int64?])
  func `log append time stays`(horizon: Int64?) throws {
    let result = try rewrite(Self.batch(.lz4, .logAppend), horizon: horizon) { $0 == 101 }
    #expect(result.header.maxTimestamp == 8_000)
    #expect(try recordsOf(result.bytes).map(\.timestamp) == [8_000])
  }

  @Test func `a malformed batch is refused`() throws {
    var batch = try Self.batch(.none)
    batch[BatchHeader.headerByteCount] = 0xff
    #expect(throws: BatchError.self) { try rewrite(batch) { _ in true } }
  }
}
