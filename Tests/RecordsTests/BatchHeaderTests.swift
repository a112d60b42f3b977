import Platform
import Testing

@testable import Records

struct BatchHeaderTests {
  /// One record, key "k", value "v", timestamp 1700000000000, as the protocol guide lays it out;
  /// the checksum was computed by another implementation.
  static let golden: [UInt8] = GoldenBatches.single

  @Test func `every field is read from its place`() throws {
    try Self.golden.withUnsafeBytes { bytes in
      let header = try #require(BatchHeader(bytes))
      #expect(header.baseOffset == Offset(5))
      #expect(header.byteCount == bytes.count)
      #expect(header.partitionLeaderEpoch == LeaderEpoch(3))
      #expect(header.magic == 2)
      #expect(header.attributes == 0)
      #expect(header.compression == Compression.none)
      #expect(header.timestampType == .create)
      #expect(!header.isTransactional && !header.isControl && !header.hasDeleteHorizon)
      #expect(header.lastOffsetDelta == 0)
      #expect(header.lastOffset == Offset(5))
      #expect(header.nextOffset == Offset(6))
      #expect(header.baseTimestamp == 1_700_000_000_000)
      #expect(header.maxTimestamp == 1_700_000_000_000)
      #expect(header.producerID == -1 && !header.hasProducerID)
      #expect(header.producerEpoch == -1)
      #expect(header.baseSequence == -1 && header.lastSequence == -1)
      #expect(header.recordCount == 1)
      #expect(header.hasValidChecksum(in: bytes))
    }
  }

  @Test func `a written header reads back`() throws {
    let header = BatchHeader(
      baseOffset: Offset(Int64.max - 9), length: 1234, partitionLeaderEpoch: LeaderEpoch(-1),
      magic: 2, crc: 0xdead_beef, attributes: 0x7c, lastOffsetDelta: 77,
      baseTimestamp: -1, maxTimestamp: Int64.max, producerID: 1 << 40, producerEpoch: 7,
      baseSequence: Int32.max, recordCount: 78)
    var bytes = [UInt8](repeating: 0xaa, count: 64)
    bytes.withUnsafeMutableBytes { header.write(to: $0.baseAddress!) }
    bytes.withUnsafeBytes { #expect(BatchHeader($0) == header) }
    #expect(Array(bytes[61...]) == [0xaa, 0xaa, 0xaa])
    #expect(header.compression == .zstd)
    #expect(header.timestampType == .logAppend)
    #expect(header.isTransactional && header.isControl && header.hasDeleteHorizon)
    #expect(header.lastSequence == 76)
  }

  @Test func `fewer than 61 bytes are no header`() {
    for end in 0..<61 {
      Self.golden.withUnsafeBytes {
        #expect(BatchHeader(UnsafeRawBufferPointer(rebasing: $0[..<end])) == nil)
      }
    }
  }

  @Test func `placing a batch leaves its checksum valid`() throws {
    var bytes = Self.golden
    bytes.withUnsafeMutableBytes {
      BatchHeader.place(
        $0.baseAddress!, baseOffset: Offset(1 << 50), leaderEpoch: LeaderEpoch(99))
    }
    try bytes.withUnsafeBytes {
      let header = try #require(BatchHeader($0))
      #expect(header.baseOffset == Offset(1 << 50))
      #expect(header.partitionLeaderEpoch == LeaderEpoch(99))
      #expect(header.hasValidChecksum(in: $0))
    }
  }

  @Test func `setting the max timestamp seals the checksum anew`() throws {
    var bytes = Self.golden
    bytes.withUnsafeMutableBytes { BatchHeader.setMaxTimestamp(42, type: .logAppend, in: $0) }
    try bytes.withUnsafeBytes {
      let header = try #require(BatchHeader($0))
      #expect(header.maxTimestamp == 42)
      #expect(header.timestampType == .logAppend)
      #expect(header.hasValidChecksum(in: $0))
    }
  }
}
