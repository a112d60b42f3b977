/// Reads a message's fields from bytes that somebody else owns.
///
/// No length or count is believed: each is compared with the bytes left before anything is
/// reserved for it. Slices that it hands out (`WireString`, `RecordSlice`) point into the bytes and
/// are valid as long as those are.
package struct Decoder: FieldCoder, ~Copyable, ~Escapable {
  /// More array elements than this in one message are refused: an empty string takes one byte on
  /// the wire and sixteen in memory.
  package static let maximumElementCount = 1_000_000
  /// Longest string in bytes: what the old format's 16-bit length allows.
  package static let maximumStringByteCount = Int(Int16.max)

  let base: UnsafeMutableRawPointer
  /// Bytes from the start: where the next read happens.
  package private(set) var position: Int
  /// Where reading stops: the end of the bytes, or of a tagged field.
  var end: Int
  let version: Int16
  let isFlexible: Bool
  private var elementsLeft = Decoder.maximumElementCount
  var tags = TagCursor()

  /// Begins at `position`; the bytes are only written to by the owner of a decoded `RecordSlice`.
  @_lifetime(borrow bytes)
  package init(
    _ bytes: UnsafeMutableRawBufferPointer, from position: Int = 0, version: Int16,
    isFlexible: Bool
  ) {
    base = bytes.baseAddress ?? UnsafeMutableRawPointer(bitPattern: 16)!
    end = bytes.count
    self.position = position
    self.version = version
    self.isFlexible = isFlexible
  }

  package mutating func field<Value: WireValue>(
    _ value: inout Value, in versions: Versions, nullable: Versions
  ) throws(WireError) {
    guard versions.contains(version) else { return }
    value = try Value.read(from: &self, nullable: nullable.contains(version))
  }

  package mutating func tagged<Value: WireValue>(
    _ tag: Int, _ value: inout Value, in versions: Versions, default defaultValue: Value
  ) throws(WireError) {
    guard isFlexible, versions.contains(version), try enterTag(tag) else { return }
    let outerEnd = end
    end = position + tags.byteCount
    value = try Value.read(from: &self, nullable: true)
    guard position == end else { throw WireError(.tagSizeMismatch, at: position) }
    end = outerEnd
  }

  var remaining: Int { end - position }

  /// Whether all bytes have been read.
  package var isAtEnd: Bool { position == end }

  /// Visits the fields of one structure and whatever tagged fields follow them.
  mutating func structure<M: Message>(_ message: inout M) throws(WireError) {
    guard isFlexible else { return try message.decodeFields(&self) }
    let outer = tags
    tags = TagCursor()
    try message.decodeFields(&self)
    try skipRemainingTags()
    tags = outer
  }

  @inline(__always)
  mutating func integer<T: FixedWidthInteger>(_: T.Type) throws(WireError) -> T {
    guard remaining >= MemoryLayout<T>.size else { throw WireError(.truncated, at: position) }
    let value = base.loadUnaligned(fromByteOffset: position, as: T.self)
    position += MemoryLayout<T>.size
    return T(bigEndian: value)
  }

  /// An unsigned varint of at most 32 bits in at most five bytes.
  mutating func varint() throws(WireError) -> Int {
    var value = 0
    var shift = 0
    var at = position
    while at < end {
      let byte = base.load(fromByteOffset: at, as: UInt8.self)
      at += 1
      value |= Int(byte & 0x7f) << shift
      if byte < 0x80 {
        // The fifth byte carries four bits.
        guard shift < 28 || byte <= 0x0f else { throw WireError(.overlongVarint, at: position) }
        position = at
        return value
      }
      shift += 7
      if shift > 28 { throw WireError(.overlongVarint, at: position) }
    }
    throw WireError(.truncated, at: position)
  }

  /// The length that stands before a string, bytes or an array; nil for null.
  mutating func length(_ kind: LengthKind, nullable: Bool) throws(WireError) -> Int? {
    let start = position
    let length: Int
    if isFlexible {
      length = try varint() - 1
    } else if kind == .string {
      length = Int(try integer(Int16.self))
    } else {
      length = Int(try integer(Int32.self))
    }
    if length >= 0 { return length }
    guard length == -1 else { throw WireError(.negativeLength, at: start) }
    guard nullable else { throw WireError(.unexpectedNull, at: start) }
    return nil
  }

  /// The bytes of a string or of bytes, where they lie; nil for null.
  mutating func blob(
    _ kind: LengthKind, nullable: Bool
  ) throws(WireError) -> UnsafeMutableRawBufferPointer? {
    let start = position
    guard let length = try length(kind, nullable: nullable) else { return nil }
    guard length <= remaining else { throw WireError(.lengthBeyondEnd, at: start) }
    guard kind != .string || length <= Decoder.maximumStringByteCount else {
      throw WireError(.lengthTooLarge, at: start)
    }
    let bytes = UnsafeMutableRawBufferPointer(start: base + position, count: length)
    position += length
    return bytes
  }

  /// How many elements an array has, all of which the bytes left could hold; nil for null.
  mutating func count<Element: WireValue>(
    of element: Element.Type, nullable: Bool
  ) throws(WireError) -> Int? {
    let start = position
    guard let count = try length(.array, nullable: nullable) else { return nil }
    // What an element takes at least is worth asking only when much would be reserved.
    let minimum =
      count < 32 ? 1 : Element.minimumByteCount(version: version, isFlexible: isFlexible)
    guard count <= remaining / minimum else { throw WireError(.lengthBeyondEnd, at: start) }
    guard count <= elementsLeft else { throw WireError(.tooManyElements, at: start) }
    elementsLeft -= count
    return count
  }

  mutating func skip(_ byteCount: Int) { position += byteCount }
}

/// What a length stands before: decides its width in the old format.
package enum LengthKind {
  /// 16 bits.
  case string
  /// 32 bits; records too.
  case bytes
  /// 32 bits.
  case array
}
