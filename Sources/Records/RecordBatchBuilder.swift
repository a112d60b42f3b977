import Platform

/// Writes record batches, one after the other, into one growing run of bytes: for cold reads and
/// the internal topics.
///
/// `begin`, `append` as often as needed, `finish`; then the next batch, or `takeBlock()` for all of
/// them. Offsets are true ones and may have gaps. One thread at a time.
package struct RecordBatchBuilder: ~Copyable {
  private var base: UnsafeMutableRawPointer
  private var capacity: Int
  /// Bytes written, those of the open batch among them.
  private var count = 0
  /// Where the last batch that was begun starts.
  private var batchStart = 0
  private var isOpen = false
  private var header = BatchHeader(
    baseOffset: Offset(0), length: 0, partitionLeaderEpoch: LeaderEpoch(0), attributes: 0,
    lastOffsetDelta: -1, baseTimestamp: -1, maxTimestamp: -1, recordCount: 0)

  package init(capacity: Int = 64 << 10) {
    self.capacity = max(256, capacity)
    base = .allocate(byteCount: self.capacity, alignment: 16)
  }

  deinit { base.deallocate() }

  /// Opens a batch; no other may be open. The first record may come at or after `baseOffset`.
  package mutating func begin(
    at baseOffset: Offset, leaderEpoch: LeaderEpoch, timestampType: TimestampType = .create,
    producer: ProducerMark = .none, isTransactional: Bool = false, isControl: Bool = false
  ) {
    precondition(!isOpen, "the batch before is not finished")
    var attributes: UInt16 = 0
    if timestampType == .logAppend { attributes |= BatchHeader.Attributes.logAppendTime }
    if isTransactional { attributes |= BatchHeader.Attributes.transactional }
    if isControl { attributes |= BatchHeader.Attributes.control }
    header = BatchHeader(
      baseOffset: baseOffset, length: 0, partitionLeaderEpoch: leaderEpoch,
      attributes: attributes, lastOffsetDelta: -1, baseTimestamp: -1, maxTimestamp: -1,
      producerID: producer.id, producerEpoch: producer.epoch,
      baseSequence: producer.baseSequence, recordCount: 0)
    batchStart = count
    isOpen = true
    reserve(BatchHeader.headerByteCount)
    count += BatchHeader.headerByteCount
  }

  /// Adds a record to the open batch, and nothing at all when it answers false: the record cannot
  /// stand in this batch, though it can in a new one. That is so when its offset lies too far
  /// from the base, its timestamp too far from the first record's or (log append) differs from
  /// it, or the batch would outgrow 2 GiB.
  ///
  /// Offsets must grow and not lie below the base; anything else is a bug of the caller and
  /// stops the program, so what comes from a file has to be checked before.
  package mutating func append(
    offset: Offset, timestamp: Int64, key: UnsafeRawBufferPointer?,
    value: UnsafeRawBufferPointer?, headers: RecordHeaders = .none
  ) -> Bool {
    precondition(isOpen, "no batch is open")
    let (offsetDelta, far) = offset.rawValue.subtractingReportingOverflow(
      header.baseOffset.rawValue)
    precondition(offsetDelta > Int64(header.lastOffsetDelta) || far, "offsets must grow")
    let isFirst = header.recordCount == 0
    let first = isFirst ? timestamp : header.baseTimestamp
    let (timestampDelta, distant) = timestamp.subtractingReportingOverflow(first)
    guard !far, offsetDelta <= Int64(Int32.max), !distant,
      header.timestampType == .create || timestampDelta == 0
    else { return false }
    let bodyByteCount =
      1 + varintByteCount(timestampDelta) + varintByteCount(offsetDelta) + fieldByteCount(key)
      + fieldByteCount(value) + varintByteCount(Int64(headers.count)) + headers.bytes.count
    guard count - batchStart + bodyByteCount + 5 <= Int(Int32.max) else { return false }

    reserve(bodyByteCount + 5)
    write(varint: Int64(bodyByteCount))
    base.storeBytes(of: 0, toByteOffset: count, as: UInt8.self)
    count += 1
    write(varint: timestampDelta)
    write(varint: offsetDelta)
    write(field: key)
    write(field: value)
    write(varint: Int64(headers.count))
    write(bytes: headers.bytes)

    header.maxTimestamp = isFirst ? timestamp : max(header.maxTimestamp, timestamp)
    header.baseTimestamp = first
    header.lastOffsetDelta = Int32(offsetDelta)
    header.recordCount += 1
    return true
  }

  /// Adds a record that was read elsewhere, under its own offset and timestamp.
  package mutating func append(_ record: RecordView) -> Bool {
    append(
      offset: record.offset, timestamp: record.timestamp, key: record.key, value: record.value,
      headers: record.headers)
  }

  /// Makes the open batch cover the offsets up to `last`, of which there are no records. False, and
  /// nothing done, when that is too far from its base.
  package mutating func stretch(through last: Offset) -> Bool {
    precondition(isOpen, "no batch is open")
    let (delta, far) = last.rawValue.subtractingReportingOverflow(header.baseOffset.rawValue)
    guard !far, delta <= Int64(Int32.max) else { return false }
    header.lastOffsetDelta = max(header.lastOffsetDelta, Int32(clamping: delta))
    return true
  }

  /// Closes the open batch, which must have a record, and gives its bytes with a valid checksum;
  /// they are valid until the next change.
  ///
  /// Throws only when the codec fails; the batch is then dropped.
  @discardableResult
  package mutating func finish(
    with compressor: Compressor? = nil
  ) throws(BatchError) -> UnsafeMutableRawBufferPointer {
    precondition(isOpen && header.recordCount > 0, "an empty batch is never written")
    isOpen = false
    let recordsStart = batchStart + BatchHeader.headerByteCount
    if let compressor, compressor.compression != .none {
      let records = UnsafeRawBufferPointer(start: base + recordsStart, count: count - recordsStart)
      let dropped = batchStart
      let packed: UnsafeMutableRawBufferPointer
      do throws(BatchError) {
        packed = try compressor.compress(records)
      } catch {
        count = dropped
        throw error
      }
      count = recordsStart
      reserve(packed.count)
      write(bytes: UnsafeRawBufferPointer(packed))
      header.attributes |= UInt16(compressor.compression.rawValue)
    }
    header.length = Int32(count - batchStart - BatchHeader.lengthOverhead)
    header.write(to: base + batchStart)
    let batch = UnsafeMutableRawBufferPointer(start: base + batchStart, count: count - batchStart)
    BatchHeader.sealChecksum(of: batch)
    return batch
  }

  // MARK: What is there

  /// How many records the open batch, or else the last one, has.
  package var recordCount: Int { Int(header.recordCount) }
  /// The uncompressed size of the open batch, or the size of the last one.
  package var batchByteCount: Int { count - batchStart }
  /// All bytes so far, those of an open batch among them.
  package var byteCount: Int { count }

  /// The finished batches, back to back; valid until the next change.
  package var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: base, count: isOpen ? batchStart : count)
  }

  /// Hands the finished batches over without copying, and starts afresh.
  package mutating func takeBlock() -> ByteBlock {
    precondition(!isOpen, "a batch is still open")
    let block = ByteBlock(adopting: base, count: count)
    base = .allocate(byteCount: capacity, alignment: 16)
    count = 0
    batchStart = 0
    return block
  }

  /// Drops all batches, an open one too, and keeps the memory.
  package mutating func removeAll() {
    count = 0
    batchStart = 0
    isOpen = false
  }

  // MARK: Raw writing; room has been reserved before

  private mutating func reserve(_ additional: Int) {
    guard count + additional > capacity else { return }
    let grown = max(capacity * 2, count + additional)
    let bigger = UnsafeMutableRawPointer.allocate(byteCount: grown, alignment: 16)
    bigger.copyMemory(from: base, byteCount: count)
    base.deallocate()
    base = bigger
    capacity = grown
  }

  @inline(__always)
  private mutating func write(varint value: Int64) {
    var rest = UInt64(bitPattern: (value << 1) ^ (value >> 63))
    while rest >= 0x80 {
      base.storeBytes(
        of: UInt8(truncatingIfNeeded: rest) | 0x80, toByteOffset: count, as: UInt8.self)
      count += 1
      rest >>= 7
    }
    base.storeBytes(of: UInt8(truncatingIfNeeded: rest), toByteOffset: count, as: UInt8.self)
    count += 1
  }

  @inline(__always)
  private mutating func write(field: UnsafeRawBufferPointer?) {
    guard let field else { return write(varint: -1) }
    write(varint: Int64(field.count))
    write(bytes: field)
  }

  @inline(__always)
  private mutating func write(bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress, bytes.count > 0 else { return }
    (base + count).copyMemory(from: start, byteCount: bytes.count)
    count += bytes.count
  }
}

/// The bytes that a zigzag varint takes: 1 to 10.
@inline(__always)
func varintByteCount(_ value: Int64) -> Int {
  let raw = UInt64(bitPattern: (value << 1) ^ (value >> 63))
  return (70 - (raw | 1).leadingZeroBitCount) / 7
}

@inline(__always)
private func fieldByteCount(_ field: UnsafeRawBufferPointer?) -> Int {
  guard let field else { return 1 }
  return varintByteCount(Int64(field.count)) + field.count
}
