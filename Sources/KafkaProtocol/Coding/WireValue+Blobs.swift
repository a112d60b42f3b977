// Values with a length before them: strings, bytes and arrays.

extension String: NullableWireValue {
  package static var wireType: WireType { .string }
  package static var absent: String { "" }

  package static func readIfPresent(
    from decoder: inout Decoder, nullable: Bool
  ) throws(WireError) -> String? {
    let start = decoder.position
    guard let blob = try decoder.blob(.string, nullable: nullable) else { return nil }
    let bytes = UnsafeRawBufferPointer(blob)
    // Half the time of validating, which is generic code in the standard library.
    if bytes.isASCII { return String(decoding: bytes, as: UTF8.self) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw WireError(.invalidUTF8, at: start)
    }
    return text
  }

  package static func write(
    _ value: inout String, to encoder: inout Encoder, nullable: Bool
  ) throws(WireError) {
    try encoder.string(utf8Of: value)
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

extension Array: WireValue where Element: WireValue {
  package static var wireType: WireType { Element.arrayType }
  package static var absent: [Element] { [] }

  package static func write(
    _ value: inout [Element], to encoder: inout Encoder, nullable: Bool
  ) throws(WireError) {
    try Element.writeArray(value, to: &encoder)
  }

  package static func minimumByteCount(version: Int16, isFlexible: Bool) -> Int {
    isFlexible ? 1 : 4
  }
}

extension Array: NullableWireValue where Element: WireValue {
  package static func readIfPresent(
    from decoder: inout Decoder, nullable: Bool
  ) throws(WireError) -> [Element]? {
    try Element.readArray(from: &decoder, nullable: nullable)
  }

  package static func writeNull(
    to encoder: inout Encoder, nullable: Bool
  ) throws(WireError) {
    try encoder.absent(.array, nullable: nullable)
  }
}

/// Kafka has no field of one unsigned byte: this is here so that `[UInt8]` is `bytes`.
extension UInt8: WireValue {
  package static var wireType: WireType { .int8 }
  package static var arrayType: WireType { .bytes }

  package static func readArray(
    from decoder: inout Decoder, nullable: Bool
  ) throws(WireError) -> [UInt8]? {
    guard let bytes = try decoder.blob(.bytes, nullable: nullable) else { return nil }
    return Array(bytes)
  }

  package static func writeArray(
    _ array: [UInt8], to encoder: inout Encoder
  ) throws(WireError) {
    try array.withUnsafeBufferPointer { (bytes) throws(WireError) in
      try encoder.blob(UnsafeRawBufferPointer(bytes), .bytes)
    }
  }
}
