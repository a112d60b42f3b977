import Platform

@testable import Records

/// A batch written field by field, so that each can be wrong. Not the builder under test.
struct RawBatch {
  var header = BatchHeader(
    baseOffset: Offset(0), length: 0, partitionLeaderEpoch: LeaderEpoch(-1), attributes: 0,
    lastOffsetDelta: 0, baseTimestamp: 1_000, maxTimestamp: 1_000, recordCount: 1)
  var records: [UInt8] = RawRecordBytes().bytes
  /// Compresses `records` and sets the codec bits.
  var compression = Compression.none

  /// `count` records of `byteCount`-byte values with keys, one millisecond apart.
  static func of(_ count: Int, valueByteCount: Int = 20, compression: Compression = .none)
    -> RawBatch
  {
    var batch = RawBatch()
    batch.records = (0..<count).flatMap { index in
      RawRecordBytes(
        timestampDelta: Int64(index), offsetDelta: Int64(index), key: Array("k\(index)".utf8),
        value: [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: valueByteCount)
      ).bytes
    }
    batch.header.recordCount = Int32(count)
    batch.header.lastOffsetDelta = Int32(count - 1)
    batch.header.maxTimestamp = 1_000 + Int64(count - 1)
    batch.compression = compression
    return batch
  }

  /// The batch with its length, codec bits and checksum right, whatever else is wrong.
  func sealed() -> [UInt8] {
    var body = records
    var header = header
    if compression != .none {
      let compressor = Compressor(compression)
      body = withExtendedLifetime(compressor) {
        records.withUnsafeBytes { Array(try! compressor.compress($0)) }
      }
      header.attributes |= UInt16(compression.rawValue)
    }
    header.length = Int32(61 - 12 + body.count)
    var bytes = [UInt8](repeating: 0, count: 61) + body
    bytes.withUnsafeMutableBytes {
      header.write(to: $0.baseAddress!)
      BatchHeader.sealChecksum(of: $0)
    }
    return bytes
  }
}

/// One record written field by field.
struct RawRecordBytes {
  var timestampDelta: Int64 = 0
  var offsetDelta: Int64 = 0
  var key: [UInt8]? = [0x6b]
  var value: [UInt8]? = [0x76]
  var headers: [(key: [UInt8], value: [UInt8]?)] = []
  /// Overrides of what would be right.
  var lengthDifference: Int64 = 0
  var keyCount: Int64?
  var valueCount: Int64?
  var headerCount: Int64?

  var bytes: [UInt8] {
    var body = ByteWriter()
    body.write(UInt8(0))
    body.write(varint: timestampDelta)
    body.write(varint: offsetDelta)
    body.write(varint: keyCount ?? Int64(key?.count ?? -1))
    body.write(bytes: key ?? [])
    body.write(varint: valueCount ?? Int64(value?.count ?? -1))
    body.write(bytes: value ?? [])
    body.write(varint: headerCount ?? Int64(headers.count))
    for header in headers {
      body.write(varint: Int64(header.key.count))
      body.write(bytes: header.key)
      body.write(varint: Int64(header.value?.count ?? -1))
      body.write(bytes: header.value ?? [])
    }
    var whole = ByteWriter()
    whole.write(varint: Int64(body.count) + lengthDifference)
    whole.write(bytes: body.bytes)
    return Array(whole.bytes)
  }
}

/// A record copied out of its batch, to be compared.
struct OwnedRecord: Equatable {
  var offset: Int64
  var timestamp: Int64
  var key: [UInt8]?
  var value: [UInt8]?
  var headers: [[UInt8]?] = []

  init(_ view: RecordView) {
    offset = view.offset.rawValue
    timestamp = view.timestamp
    key = view.key.map { Array($0) }
    value = view.value.map { Array($0) }
    headers = view.headers.flatMap { [Array($0.key), $0.value.map { Array($0) }] }
  }

  init(
    _ offset: Int64, _ timestamp: Int64, _ key: String?, _ value: String?,
    headers: [String?] = []
  ) {
    self.offset = offset
    self.timestamp = timestamp
    self.key = key.map { Array($0.utf8) }
    self.value = value.map { Array($0.utf8) }
    self.headers = headers.map { $0.map { Array($0.utf8) } }
  }
}

/// All records of the batch at the front of `bytes`.
func recordsOf(_ bytes: [UInt8]) throws(BatchError) -> [OwnedRecord] {
  var result: Result<[OwnedRecord], BatchError> = .success([])
  let decompressor = Decompressor()
  withExtendedLifetime(decompressor) {
    bytes.withUnsafeBytes { raw in
      do throws(BatchError) {
        var iterator = try RecordIterator(batch: raw, decompressor: decompressor)
        var records: [OwnedRecord] = []
        while let record = try iterator.next() { records.append(OwnedRecord(record)) }
        result = .success(records)
      } catch { result = .failure(error) }
    }
  }
  return try result.get()
}

/// Validates `bytes` and gives them as they are afterwards.
func validated(
  _ bytes: [UInt8], limits: BatchLimits = BatchLimits(), now: Int64 = 2_000,
  with validator: BatchValidator = BatchValidator()
) throws(BatchError) -> [UInt8] {
  var bytes = bytes
  var failure: BatchError?
  bytes.withUnsafeMutableBytes { raw in
    do throws(BatchError) {
      let batches = try validator.validate(raw, limits: limits, now: now)
      precondition(batches.reduce(0) { $0 + $1.bytes.count } == raw.count)
      for batch in batches {
        precondition(BatchHeader(UnsafeRawBufferPointer(batch.bytes)) == batch.header)
      }
    } catch { failure = error }
  }
  if let failure { throw failure }
  return bytes
}
