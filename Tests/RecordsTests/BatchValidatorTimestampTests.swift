import Platform
import Testing

@testable import Records

struct BatchValidatorTimestampTests {
  private static func validate(
    base: Int64, deltas: [Int64], limits: BatchLimits = BatchLimits(), now: Int64 = 10_000,
    maximum: Int64? = nil, compression: Compression = .none
  ) throws(BatchError) -> [UInt8] {
    var batch = RawBatch.of(deltas.count, compression: compression)
    batch.header.baseTimestamp = base
    batch.header.maxTimestamp = maximum ?? base
    batch.records = deltas.enumerated().flatMap {
      RawRecordBytes(timestampDelta: $0.element, offsetDelta: Int64($0.offset)).bytes
    }
    return try validated(batch.sealed(), limits: limits, now: now)
  }

  @Test func `bounds around now are exact`() throws {
    var limits = BatchLimits()
    limits.timestampBeforeMaxMilliseconds = 100
    limits.timestampAfterMaxMilliseconds = 50
    _ = try Self.validate(base: 9_900, deltas: [0, 150], limits: limits)
    #expect(throws: BatchError(.timestampOutOfRange, recordIndex: 0)) {
      try Self.validate(base: 9_899, deltas: [0, 1], limits: limits)
    }
    #expect(throws: BatchError(.timestampOutOfRange, recordIndex: 1)) {
      try Self.validate(base: 9_900, deltas: [0, 151], limits: limits)
    }
  }

  @Test func `no timestamp passes any bound`() throws {
    var limits = BatchLimits()
    limits.timestampBeforeMaxMilliseconds = 1
    _ = try Self.validate(base: -1, deltas: [0], limits: limits)
  }

  @Test func `by default an hour ahead is the most, and the past is free`() throws {
    _ = try Self.validate(base: Int64.min, deltas: [0], now: 1_700_000_000_000)
    _ = try Self.validate(base: 1_700_003_600_000, deltas: [0], now: 1_700_000_000_000)
    #expect(throws: BatchError(.timestampOutOfRange, recordIndex: 0)) {
      try Self.validate(base: 1_700_003_600_001, deltas: [0], now: 1_700_000_000_000)
    }
  }

  @Test func `sums that overflow are refused without limits too`() throws {
    var limits = BatchLimits()
    limits.timestampAfterMaxMilliseconds = .max
    _ = try Self.validate(base: .max - 1, deltas: [0, 1], limits: limits)
    #expect(throws: BatchError(.timestampOutOfRange, recordIndex: 1)) {
      try Self.validate(base: .max - 1, deltas: [0, 2], limits: limits)
    }
    #expect(throws: BatchError(.timestampOutOfRange, recordIndex: 0)) {
      try Self.validate(base: .min, deltas: [-1], limits: limits)
    }
  }

  @Test(arguments: Compression.allCases)
  func `a wrong max timestamp is put right`(compression: Compression) throws {
    let bytes = try Self.validate(
      base: 500, deltas: [0, 30, -7], maximum: 12, compression: compression)
    let header = try #require(bytes.withUnsafeBytes { BatchHeader($0) })
    #expect(header.maxTimestamp == 530)
    #expect(header.timestampType == .create)
    #expect(bytes.withUnsafeBytes { header.hasValidChecksum(in: $0) })
    #expect(try recordsOf(bytes).map(\.timestamp) == [500, 530, 493])
  }

  @Test(arguments: Compression.allCases)
  func `log-append time is the broker's`(compression: Compression) throws {
    var limits = BatchLimits()
    limits.timestampType = .logAppend
    limits.timestampBeforeMaxMilliseconds = 1
    // The producer's clock means nothing then, not even when its sums overflow.
    let bytes = try Self.validate(
      base: .max, deltas: [0, 5], limits: limits, now: 777, compression: compression)
    let header = try #require(bytes.withUnsafeBytes { BatchHeader($0) })
    #expect(header.maxTimestamp == 777)
    #expect(header.timestampType == .logAppend)
    #expect(header.compression == compression)
    #expect(bytes.withUnsafeBytes { header.hasValidChecksum(in: $0) })
    #expect(try recordsOf(bytes).map(\.timestamp) == [777, 777])
  }
}
