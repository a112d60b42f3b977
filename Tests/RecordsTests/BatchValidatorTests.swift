import Platform
import Testing

@testable import Records

struct BatchValidatorTests {
  private static func reason(
    _ bytes: [UInt8], limits: BatchLimits = BatchLimits(), now: Int64 = 2_000
  ) -> BatchError.Reason? {
    do throws(BatchError) {
      _ = try validated(bytes, limits: limits, now: now)
      return nil
    } catch { return error.reason }
  }

  private static func reason(
    limits: BatchLimits = BatchLimits(), of count: Int = 3, _ change: (inout RawBatch) -> Void
  ) -> BatchError.Reason? {
    var batch = RawBatch.of(count)
    change(&batch)
    return reason(batch.sealed(), limits: limits)
  }

  @Test(arguments: [
    GoldenBatches.single, GoldenBatches.plain, GoldenBatches.idempotent, GoldenBatches.gzip,
    GoldenBatches.snappy, GoldenBatches.lz4, GoldenBatches.zstd,
  ])
  func `batches of other implementations pass unchanged`(bytes: [UInt8]) throws {
    #expect(try validated(bytes, now: 1_700_000_000_100) == bytes)
  }

  @Test(arguments: Compression.allCases, [1, 2, 63, 64, 65, 1_000])
  func `every codec passes`(compression: Compression, count: Int) throws {
    let bytes = RawBatch.of(count, compression: compression).sealed()
    #expect(try validated(bytes) == bytes)
  }

  @Test(arguments: Compression.allCases)
  func `every truncated prefix is refused`(compression: Compression) {
    let bytes = RawBatch.of(5, compression: compression).sealed()
    let validator = BatchValidator()
    for end in 0..<bytes.count {
      #expect(throws: BatchError.self) {
        try validated(Array(bytes[..<end]), with: validator)
      }
    }
  }

  @Test func `every flipped bit under the checksum is seen`() {
    let bytes = RawBatch.of(2).sealed()
    let validator = BatchValidator()
    for bit in 8 * BatchHeader.Position.crc..<8 * bytes.count {
      var flipped = bytes
      flipped[bit / 8] ^= 1 << (bit % 8)
      #expect(throws: BatchError(.checksumMismatch)) {
        try validated(flipped, with: validator)
      }
    }
  }

  @Test func `every flipped bit of length and magic is seen`() {
    let bytes = RawBatch.of(2).sealed()
    for byte in Array(8..<12) + [16] {
      for bit in 0..<8 {
        var flipped = bytes
        flipped[byte] ^= 1 << bit
        #expect(throws: BatchError.self, "bit \(bit) of byte \(byte)") {
          try validated(flipped)
        }
      }
    }
  }

  @Test func `lengths and versions`() {
    let good = RawBatch.of(1).sealed()
    #expect(Self.reason([]) == .noBatch)
    for magic: Int8 in [0, 1, 3, -1] {
      var bytes = good
      bytes[16] = UInt8(bitPattern: magic)
      #expect(Self.reason(bytes) == .unsupportedMagic(magic))
      // Old messages are shorter than the header of new ones.
      #expect(Self.reason(Array(bytes[..<30])) == .unsupportedMagic(magic))
    }
    for length: Int32 in [Int32.min, -1, 0, 48] {
      var bytes = good
      bytes.withUnsafeMutableBytes {
        $0.storeBytes(of: length.bigEndian, toByteOffset: 8, as: Int32.self)
      }
      #expect(Self.reason(bytes) == .lengthTooSmall)
    }
    var limits = BatchLimits()
    limits.maximumBatchByteCount = good.count
    #expect(Self.reason(good, limits: limits) == nil)
    limits.maximumBatchByteCount = good.count - 1
    #expect(Self.reason(good, limits: limits) == .tooLarge)
  }

  @Test func `several batches only where they are allowed`() throws {
    let first = RawBatch.of(2).sealed()
    let second = RawBatch.of(3, compression: .lz4).sealed()
    #expect(throws: BatchError(.tooManyBatches, position: first.count)) {
      try validated(first + second)
    }
    var limits = BatchLimits()
    limits.maximumBatchCount = 2
    #expect(try validated(first + second, limits: limits) == first + second)
    #expect(throws: BatchError(.truncated, position: first.count)) {
      try validated(first + [0], limits: limits)
    }
  }

  @Test func `a refused payload leaves the list of batches as it was`() throws {
    var bytes = RawBatch.of(2).sealed() + [1, 2]
    var limits = BatchLimits()
    limits.maximumBatchCount = 9
    let validator = BatchValidator()
    bytes.withUnsafeMutableBytes { raw in
      var batches = [ValidatedBatch(header: BatchHeader(UnsafeRawBufferPointer(raw))!, bytes: raw)]
      #expect(throws: BatchError.self) {
        try validator.validate(raw, limits: limits, now: 0, into: &batches)
      }
      #expect(batches.count == 1)
    }
  }

  @Test func `attributes`() {
    for codec: UInt16 in [5, 6, 7] {
      #expect(Self.reason { $0.header.attributes = codec } == .unknownCodec)
    }
    #expect(Self.reason { $0.header.attributes = 0x08 } == .timestampType)
    #expect(Self.reason { $0.header.attributes = 0x20 } == .controlBatch)
    #expect(Self.reason { $0.header.attributes = 0x40 } == .deleteHorizon)
    var limits = BatchLimits()
    limits.allowsZstd = false
    #expect(Self.reason(limits: limits) { $0.compression = .zstd } == .codecNotAllowed)
    #expect(Self.reason(limits: limits) { $0.compression = .lz4 } == nil)
  }

  @Test func `counts agree with offsets`() {
    for (count, delta) in [(0, -1), (-1, -2), (3, 3), (3, 1), (4, 2), (Int32.max, 2)]
      as [(Int32, Int32)]
    {
      let reason = Self.reason {
        $0.header.recordCount = count
        $0.header.lastOffsetDelta = delta
      }
      #expect(reason == .countMismatch, "\(count) records, last delta \(delta)")
    }
    // Header at peace with itself, but not with the records.
    #expect(
      Self.reason {
        $0.header.recordCount = 2
        $0.header.lastOffsetDelta = 1
      } == .trailingBytes)
    #expect(
      Self.reason {
        $0.header.recordCount = Int32.max
        $0.header.lastOffsetDelta = Int32.max - 1
      } == .malformedRecord)
  }

  @Test(arguments: Compression.allCases)
  func `offset deltas are exact`(compression: Compression) {
    for deltas: [Int64] in [[1, 2], [0, 2], [0, 0], [1, 0], [0, -1], [0, 1 << 31]] {
      let reason = Self.reason(of: 2) {
        $0.compression = compression
        $0.records = deltas.flatMap { RawRecordBytes(offsetDelta: $0).bytes }
      }
      #expect(
        reason == (deltas == [0, 1 << 31] ? .malformedRecord : .offsetDelta), "\(deltas)")
    }
  }

  @Test func `producer fields go together`() {
    func reason(_ id: Int64, _ epoch: Int16, _ sequence: Int32, transactional: Bool = false)
      -> BatchError.Reason?
    {
      Self.reason {
        $0.header.producerID = id
        $0.header.producerEpoch = epoch
        $0.header.baseSequence = sequence
        if transactional { $0.header.attributes = 0x10 }
      }
    }
    #expect(reason(-1, -1, -1) == nil)
    #expect(reason(-1, 0, 0) == nil)
    #expect(reason(7, 0, 0, transactional: true) == nil)
    #expect(reason(-2, -1, -1) == .producerFields)
    #expect(reason(7, -1, 0) == .producerFields)
    #expect(reason(7, 0, -1) == .producerFields)
    #expect(reason(-1, -1, -1, transactional: true) == .producerFields)
  }

  @Test func `malformed records are refused wherever they are wrong`() {
    let wrong: [RawRecordBytes] = [
      RawRecordBytes(lengthDifference: 1), RawRecordBytes(lengthDifference: -1),
      RawRecordBytes(lengthDifference: -100), RawRecordBytes(lengthDifference: 1 << 30),
      RawRecordBytes(keyCount: -2), RawRecordBytes(keyCount: 3),
      RawRecordBytes(keyCount: Int64(Int32.max)), RawRecordBytes(keyCount: 1 << 40),
      RawRecordBytes(valueCount: -2), RawRecordBytes(valueCount: 2),
      RawRecordBytes(valueCount: Int64(Int32.max)), RawRecordBytes(headerCount: -1),
      RawRecordBytes(headerCount: 1), RawRecordBytes(headerCount: Int64(Int32.max)),
      RawRecordBytes(headers: [([1], [2])], headerCount: 2),
      RawRecordBytes(headers: [([1], [2])], headerCount: 0),
    ]
    for (index, record) in wrong.enumerated() {
      for compression in Compression.allCases {
        let reason = Self.reason(of: 1) {
          $0.compression = compression
          $0.records = record.bytes
        }
        #expect(reason == .malformedRecord, "record \(index), \(compression.name)")
      }
    }
    #expect(Self.reason(of: 1) { $0.records = [] } == .malformedRecord)
    #expect(Self.reason(of: 1) { $0.records += [0] } == .trailingBytes)
  }

  @Test func `header keys need not be UTF-8, and values may be null`() {
    let record = RawRecordBytes(headers: [([0xff, 0xfe], nil), ([], []), ([0], [1, 2])])
    #expect(Self.reason(of: 1) { $0.records = record.bytes } == nil)
  }

  @Test func `a compacted topic refuses null keys but not empty ones`() {
    var limits = BatchLimits()
    limits.requiresKeys = true
    let null = RawRecordBytes(key: nil)
    let empty = RawRecordBytes(key: [], value: nil)
    #expect(Self.reason(of: 1) { $0.records = null.bytes } == nil)
    #expect(Self.reason(limits: limits, of: 1) { $0.records = null.bytes } == .nullKey)
    #expect(Self.reason(limits: limits, of: 1) { $0.records = empty.bytes } == nil)
    limits.timestampType = .logAppend
    #expect(Self.reason(limits: limits, of: 1) { $0.records = null.bytes } == .nullKey)
  }

  @Test func `the first wrong record is named`() {
    var batch = RawBatch.of(3)
    batch.records =
      RawRecordBytes().bytes + RawRecordBytes(offsetDelta: 1).bytes
      + RawRecordBytes(offsetDelta: 1).bytes
    #expect(throws: BatchError(.offsetDelta, position: 0, recordIndex: 2)) {
      try validated(batch.sealed())
    }
  }

  @Test func `errors have Kafka's codes`() {
    #expect(BatchError(.checksumMismatch).code == 2)
    #expect(BatchError(.tooLarge).code == 10)
    #expect(BatchError(.expansionLimit).code == 10)
    #expect(BatchError(.timestampOutOfRange).code == 32)
    #expect(BatchError(.unsupportedMagic(1)).code == 43)
    #expect(BatchError(.unsupportedMagic(3)).code == 2)
    #expect(BatchError(.unknownCodec).code == 76)
    #expect(BatchError(.nullKey).code == 87)
  }
}
