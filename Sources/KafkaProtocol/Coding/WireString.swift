import Platform

/// UTF-8 text that is compared and hashed as bytes: usually a slice of a received frame, so that a
/// hot request makes no `String` (hot-path rule 10).
///
/// A decoded one is valid as long as the frame's bytes are. `WireString(_: String)` makes one that
/// owns its bytes: to keep, or as the key of a dictionary that is asked with decoded ones.
package struct WireString: @unchecked Sendable {
  package let bytes: UnsafeRawBufferPointer
  private let owner: ByteBlock?

  /// Refers to bytes of another owner, which must be UTF-8.
  package init(unowned bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
    owner = nil
  }

  /// Copies the text.
  package init(_ text: String) {
    let block = ByteBlock(Array(text.utf8))
    bytes = block.bytes
    owner = block
  }

  /// The same text with bytes of its own.
  package func owned() -> WireString { owner == nil ? WireString(String(self)) : self }
}

extension WireString: Hashable {
  package static func == (a: WireString, b: WireString) -> Bool {
    let count = a.bytes.count
    guard count == b.bytes.count else { return false }
    var position = 0
    while position + 8 <= count {
      let left = a.bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
      let right = b.bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
      if left != right { return false }
      position += 8
    }
    while position < count {
      if a.bytes[position] != b.bytes[position] { return false }
      position += 1
    }
    return true
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(bytes: bytes) }
}

extension WireString: ExpressibleByStringLiteral, CustomStringConvertible {
  package init(stringLiteral text: StaticString) {
    self.init(unowned: UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  package var description: String { String(self) }
}

extension String {
  package init(_ text: WireString) { self.init(decoding: text.bytes, as: UTF8.self) }
}

extension WireString: NullableWireValue {
  package static var wireType: WireType { .string }
  package static var absent: WireString { "" }

  package static func readIfPresent(
    from decoder: inout Decoder, nullable: Bool
  ) throws(WireError) -> WireString? {
    let start = decoder.position
    guard let blob = try decoder.blob(.string, nullable: nullable) else { return nil }
    let bytes = UnsafeRawBufferPointer(blob)
    guard bytes.isASCII || String(validating: bytes, as: UTF8.self) != nil else {
      throw WireError(.invalidUTF8, at: start)
    }
    return WireString(unowned: bytes)
  }

  package static func write(
    _ value: inout WireString, to encoder: inout Encoder, nullable: Bool
  ) throws(WireError) {
    try encoder.blob(value.bytes, .string)
  }

  package static func writeNull(
    to encoder: inout Encoder, nullable: Bool
  ) throws(WireError) {
    try encoder.absent(.string, nullable: nullable)
  }

  package static func minimumByteCount(version: Int16, isFlexible: Bool) -> Int {
    isFlexible ? 1 : 2
  }
}

extension UnsafeRawBufferPointer {
  /// Whether no byte has its top bit: so it is with nearly all names.
  var isASCII: Bool {
    var bits: UInt8 = 0
    for byte in self { bits |= byte }
    return bits < 0x80
  }
}
