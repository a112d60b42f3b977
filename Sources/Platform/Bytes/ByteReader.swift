/// Reads bytes front to back from memory that somebody else owns.
///
/// Nothing here trusts a length: every read answers nil when too few bytes are left, and leaves the
/// position where it was. Integers are big-endian unless a name says otherwise.
@frozen
package struct ByteReader {
  package let bytes: UnsafeRawBufferPointer
  /// Bytes read so far, counted from the start of `bytes`.
  package var position = 0

  @inlinable
  package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  @inlinable package var remaining: Int { bytes.count - position }

  @inlinable
  package mutating func read<T: FixedWidthInteger>(_ type: T.Type = T.self) -> T? {
    guard remaining >= MemoryLayout<T>.size else { return nil }
    let value = bytes.loadUnaligned(fromByteOffset: position, as: T.self)
    position += MemoryLayout<T>.size
    return T(bigEndian: value)
  }

  @inlinable
  package mutating func readLittleEndian<T: FixedWidthInteger>(_ type: T.Type = T.self) -> T? {
    guard remaining >= MemoryLayout<T>.size else { return nil }
    let value = bytes.loadUnaligned(fromByteOffset: position, as: T.self)
    position += MemoryLayout<T>.size
    return T(littleEndian: value)
  }

  /// The next `count` bytes, not copied.
  @inlinable
  package mutating func read(count: Int) -> UnsafeRawBufferPointer? {
    guard count >= 0, remaining >= count else { return nil }
    let slice = UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    position += count
    return slice
  }

  /// An unsigned LEB128 varint of at most `maximumBytes` bytes (5 for 32 bits, 10 for 64).
  @inlinable
  package mutating func readUnsignedVarint(maximumBytes: Int = 10) -> UInt64? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    var at = position
    let end = min(bytes.count, position + maximumBytes)
    while at < end {
      let byte = bytes[at]
      at += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte & 0x80 == 0 {
        // The tenth byte carries one bit only.
        if shift == 63 && byte > 1 { return nil }
        position = at
        return value
      }
      shift += 7
    }
    return nil
  }

  /// A zigzag varint of up to 64 bits.
  @inlinable
  package mutating func readVarint() -> Int64? {
    guard let raw = readUnsignedVarint() else { return nil }
    return Int64(bitPattern: (raw >> 1) ^ (0 &- (raw & 1)))
  }
}
