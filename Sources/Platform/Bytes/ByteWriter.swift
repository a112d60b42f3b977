/// Writes bytes front to back into one growing heap block: the raw writer of the hot paths.
///
/// Integers are big-endian unless a name says otherwise, as everything in Kafka's formats is.
/// Growing doubles the block. `finish()` hands the block over without a copy.
@frozen
package struct ByteWriter: ~Copyable {
  @usableFromInline var base: UnsafeMutableRawPointer
  @usableFromInline var capacity: Int
  @usableFromInline var used = 0

  /// How many bytes have been written.
  @inlinable package var count: Int { used }

  package init(capacity: Int = 256) {
    self.capacity = max(64, capacity)
    base = .allocate(byteCount: self.capacity, alignment: 16)
  }

  deinit { base.deallocate() }

  /// What has been written so far; valid until the next write.
  package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

  /// What has been written so far, for patching in place; valid until the next write.
  package var mutableBytes: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: base, count: count)
  }

  /// Hands the written bytes over as an immutable block.
  package consuming func finish() -> ByteBlock {
    let block = ByteBlock(adopting: base, count: count)
    discard self
    return block
  }

  /// Makes room for `additional` bytes.
  @inlinable
  package mutating func reserve(_ additional: Int) {
    if used + additional > capacity { grow(additional) }
  }

  @usableFromInline
  mutating func grow(_ additional: Int) {
    let grown = max(capacity * 2, count + additional)
    let bigger = UnsafeMutableRawPointer.allocate(byteCount: grown, alignment: 16)
    bigger.copyMemory(from: base, byteCount: count)
    base.deallocate()
    base = bigger
    capacity = grown
  }

  @inlinable
  package mutating func write<T: FixedWidthInteger>(_ value: T) {
    reserve(MemoryLayout<T>.size)
    base.storeBytes(of: value.bigEndian, toByteOffset: count, as: T.self)
    used += MemoryLayout<T>.size
  }

  @inlinable
  package mutating func write<T: FixedWidthInteger>(littleEndian value: T) {
    reserve(MemoryLayout<T>.size)
    base.storeBytes(of: value.littleEndian, toByteOffset: count, as: T.self)
    used += MemoryLayout<T>.size
  }

  @inlinable
  package mutating func write(bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress, bytes.count > 0 else { return }
    reserve(bytes.count)
    (base + count).copyMemory(from: start, byteCount: bytes.count)
    used += bytes.count
  }

  package mutating func write(bytes: [UInt8]) {
    bytes.withUnsafeBytes { write(bytes: $0) }
  }

  /// Writes the string's UTF-8 bytes, without a length.
  @inlinable
  package mutating func write(utf8 text: String) {
    var text = text
    text.withUTF8 { write(bytes: UnsafeRawBufferPointer($0)) }
  }

  package mutating func write(zeros byteCount: Int) {
    reserve(byteCount)
    (base + count).initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    used += byteCount
  }

  /// Writes an unsigned LEB128 varint, 7 bits a byte, low bits first.
  @inlinable
  package mutating func write(unsignedVarint value: UInt64) {
    reserve(10)
    var rest = value
    while rest >= 0x80 {
      base.storeBytes(
        of: UInt8(truncatingIfNeeded: rest) | 0x80, toByteOffset: count, as: UInt8.self)
      used += 1
      rest >>= 7
    }
    base.storeBytes(of: UInt8(truncatingIfNeeded: rest), toByteOffset: count, as: UInt8.self)
    used += 1
  }

  /// Writes a zigzag varint: the signed form of record batches and of Avro.
  @inlinable
  package mutating func write(varint value: Int64) {
    write(unsignedVarint: UInt64(bitPattern: (value << 1) ^ (value >> 63)))
  }

  /// Overwrites bytes written earlier at `position`.
  @inlinable
  package mutating func patch<T: FixedWidthInteger>(_ value: T, at position: Int) {
    precondition(position >= 0 && position + MemoryLayout<T>.size <= count)
    base.storeBytes(of: value.bigEndian, toByteOffset: position, as: T.self)
  }

  /// Forgets what was written and keeps the memory.
  package mutating func removeAll() { used = 0 }
}
