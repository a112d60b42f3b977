// A record of format version 2 (Kafka protocol guide, "Record"). Integers are zigzag varints.
//
//    length           bytes after this field
//    attributes       int8, unused
//    timestampDelta   64 bits, from the batch's base timestamp
//    offsetDelta      from the batch's base offset
//    keyLength, key   −1 for null
//    valueLength, value
//    headerCount, then for each: keyLength, key, valueLength (−1 for null), value

/// One record as it stands in its batch: deltas and pointers.
@frozen
@usableFromInline
struct RawRecord {
  @usableFromInline var timestampDelta: Int64
  @usableFromInline var offsetDelta: Int32
  /// −1 for null.
  @usableFromInline var keyCount: Int32
  /// −1 for null.
  @usableFromInline var valueCount: Int32
  @usableFromInline var headerCount: Int32
  @usableFromInline var key: UnsafeRawPointer
  @usableFromInline var value: UnsafeRawPointer
  @usableFromInline var headers: UnsafeRawPointer
  @usableFromInline var end: UnsafeRawPointer

  @inlinable
  init(
    timestampDelta: Int64, offsetDelta: Int32, keyCount: Int32, valueCount: Int32,
    headerCount: Int32, key: UnsafeRawPointer, value: UnsafeRawPointer, headers: UnsafeRawPointer,
    end: UnsafeRawPointer
  ) {
    self.timestampDelta = timestampDelta
    self.offsetDelta = offsetDelta
    self.keyCount = keyCount
    self.valueCount = valueCount
    self.headerCount = headerCount
    self.key = key
    self.value = value
    self.headers = headers
    self.end = end
  }
}

/// Walks uncompressed records. The one place that parses them: what the validator lets in, the
/// iterator can therefore walk.
///
/// Every length is compared with the bytes that are left before it is used; nil means malformed.
@frozen
@usableFromInline
struct RecordReader {
  @usableFromInline var position: UnsafeRawPointer
  @usableFromInline let end: UnsafeRawPointer

  /// `bytes` must have an address, even when they are none.
  @inlinable
  init(start: UnsafeRawPointer, count: Int) {
    position = start
    end = start + count
  }

  @inlinable var isAtEnd: Bool { position == end }

  /// The next record, its headers checked too, or nil when it is malformed.
  @inlinable
  mutating func record() -> RawRecord? {
    guard let length = varint32(before: end), length > 0, Int(length) <= end - position else {
      return nil
    }
    let recordEnd = position + Int(length)
    position += 1
    guard let timestampDelta = varint64(before: recordEnd),
      let offsetDelta = varint32(before: recordEnd),
      let keyCount = varint32(before: recordEnd), keyCount >= -1,
      Int(keyCount) <= recordEnd - position
    else { return nil }
    let key = position
    position += Int(max(0, keyCount))
    guard let valueCount = varint32(before: recordEnd), valueCount >= -1,
      Int(valueCount) <= recordEnd - position
    else { return nil }
    let value = position
    position += Int(max(0, valueCount))
    guard let headerCount = varint32(before: recordEnd), headerCount >= 0 else { return nil }
    let headers = position
    if headerCount > 0 {
      guard skipHeaders(headerCount, before: recordEnd) else { return nil }
    }
    guard position == recordEnd else { return nil }
    return RawRecord(
      timestampDelta: timestampDelta, offsetDelta: offsetDelta, keyCount: keyCount,
      valueCount: valueCount, headerCount: headerCount, key: key, value: value, headers: headers,
      end: recordEnd)
  }

  /// Passes over `count` headers; false when one of them is malformed.
  @usableFromInline
  mutating func skipHeaders(_ count: Int32, before limit: UnsafeRawPointer) -> Bool {
    // A header takes two bytes at least, so a wild count ends here.
    guard Int(count) <= (limit - position) / 2 else { return false }
    for _ in 0..<count {
      guard let keyCount = varint32(before: limit), keyCount >= 0,
        Int(keyCount) <= limit - position
      else { return false }
      position += Int(keyCount)
      guard let valueCount = varint32(before: limit), valueCount >= -1,
        Int(valueCount) <= limit - position
      else { return false }
      position += Int(max(0, valueCount))
    }
    return true
  }

  /// A zigzag varint of 32 bits in at most five bytes; lengths mostly take one or two.
  @inlinable
  @inline(__always)
  mutating func varint32(before limit: UnsafeRawPointer) -> Int32? {
    let left = limit - position
    guard left > 0 else { return nil }
    let first = UInt32(position.load(as: UInt8.self))
    if first < 0x80 {
      position += 1
      return Int32(bitPattern: (first >> 1) ^ (0 &- (first & 1)))
    }
    if left > 1 {
      let second = UInt32(position.load(fromByteOffset: 1, as: UInt8.self))
      if second < 0x80 {
        position += 2
        let raw = (first & 0x7f) | second << 7
        return Int32(bitPattern: (raw >> 1) ^ (0 &- (raw & 1)))
      }
    }
    guard let raw = longVarint(before: limit, maximumCount: 5), raw <= UInt64(UInt32.max) else {
      return nil
    }
    return Int32(truncatingIfNeeded: (raw >> 1) ^ (0 &- (raw & 1)))
  }

  /// A zigzag varint of 64 bits in at most ten bytes.
  @inlinable
  @inline(__always)
  mutating func varint64(before limit: UnsafeRawPointer) -> Int64? {
    guard position < limit else { return nil }
    let first = UInt64(position.load(as: UInt8.self))
    if first < 0x80 {
      position += 1
      return Int64(bitPattern: (first >> 1) ^ (0 &- (first & 1)))
    }
    guard let raw = longVarint(before: limit, maximumCount: 10) else { return nil }
    return Int64(bitPattern: (raw >> 1) ^ (0 &- (raw & 1)))
  }

  @usableFromInline
  mutating func longVarint(before limit: UnsafeRawPointer, maximumCount: Int) -> UInt64? {
    let count = min(maximumCount, limit - position)
    var value: UInt64 = 0
    for index in 0..<count {
      let byte = UInt64(position.load(fromByteOffset: index, as: UInt8.self))
      // The tenth byte has room for one bit only.
      if index == 9 && byte > 1 { return nil }
      value |= (byte & 0x7f) << UInt64(7 * index)
      if byte < 0x80 {
        position += index + 1
        return value
      }
    }
    return nil
  }
}
