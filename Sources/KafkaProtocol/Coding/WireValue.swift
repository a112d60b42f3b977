/// A type that a field can have: it reads and writes itself with the coders that touch bytes.
package protocol WireValue: Equatable {
  /// What Kafka calls the type.
  static var wireType: WireType { get }
  /// Whether null is a value of it.
  static var isNullable: Bool { get }
  /// The default of a field for which the protocol declares none.
  static var absent: Self { get }

  static func read(from decoder: inout Decoder, nullable: Bool) throws(WireError) -> Self

  /// Takes `value` inout only because `Message.fields` does; it is never changed.
  static func write(
    _ value: inout Self, to encoder: inout Encoder, nullable: Bool
  ) throws(WireError)

  /// A lower bound of what a value takes on the wire, at least 1.
  static func minimumByteCount(version: Int16, isFlexible: Bool) -> Int

  // An array of it: `bytes` for UInt8, `[]T` for all others.
  static var arrayType: WireType { get }
  static func readArray(
    from decoder: inout Decoder, nullable: Bool
  ) throws(WireError) -> [Self]?
  static func writeArray(_ array: [Self], to encoder: inout Encoder) throws(WireError)
}

/// A type that also has a null, which Swift writes as an optional.
///
/// With `nullable` false null is refused by `readIfPresent`, and written as empty by `writeNull`.
package protocol NullableWireValue: WireValue {
  static func readIfPresent(
    from decoder: inout Decoder, nullable: Bool
  ) throws(WireError) -> Self?
  static func writePresent(
    _ value: inout Self, to encoder: inout Encoder, nullable: Bool
  ) throws(WireError)
  static func writeNull(to encoder: inout Encoder, nullable: Bool) throws(WireError)
}

/// Kafka's name for the type of a field.
package indirect enum WireType: Sendable {
  case bool, int8, int16, uint16, int32, int64, float64, uuid, string, bytes, records
  case array(WireType)
  case structure(any Message.Type)
}

extension WireValue {
  package static var isNullable: Bool { false }
  package static var arrayType: WireType { .array(wireType) }

  package static func readArray(
    from decoder: inout Decoder, nullable: Bool
  ) throws(WireError) -> [Self]? {
    guard let count = try decoder.count(of: Self.self, nullable: nullable) else { return nil }
    var array: [Self] = []
    array.reserveCapacity(count)
    for _ in 0..<count { array.append(try Self.read(from: &decoder, nullable: false)) }
    return array
  }

  package static func writeArray(
    _ array: [Self], to encoder: inout Encoder
  ) throws(WireError) {
    try encoder.length(array.count, .array)
    try array.withUnsafeBufferPointer { (elements) throws(WireError) in
      // `fields` wants its message inout although the encoder never changes it; subscripting the
      // array instead would copy it whenever it is shared.
      guard let first = elements.baseAddress else { return }
      let writable = UnsafeMutablePointer(mutating: first)
      for index in 0..<elements.count {
        try Self.write(&writable[index], to: &encoder, nullable: false)
      }
    }
  }
}

extension NullableWireValue {
  package static func read(
    from decoder: inout Decoder, nullable: Bool
  ) throws(WireError) -> Self {
    let start = decoder.position
    guard let value = try readIfPresent(from: &decoder, nullable: false) else {
      throw WireError(.unexpectedNull, at: start)
    }
    return value
  }

  package static func writePresent(
    _ value: inout Self, to encoder: inout Encoder, nullable: Bool
  ) throws(WireError) {
    try write(&value, to: &encoder, nullable: nullable)
  }
}

extension Optional: WireValue where Wrapped: NullableWireValue {
  package static var wireType: WireType { Wrapped.wireType }
  package static var isNullable: Bool { true }
  package static var absent: Wrapped? { nil }

  package static func read(
    from decoder: inout Decoder, nullable: Bool
  ) throws(WireError) -> Wrapped? {
    try Wrapped.readIfPresent(from: &decoder, nullable: nullable)
  }

  package static func write(
    _ value: inout Wrapped?, to encoder: inout Encoder, nullable: Bool
  ) throws(WireError) {
    if case .none = value {
      try Wrapped.writeNull(to: &encoder, nullable: nullable)
    } else {
      try Wrapped.writePresent(&value!, to: &encoder, nullable: nullable)
    }
  }

  package static func minimumByteCount(version: Int16, isFlexible: Bool) -> Int { 1 }
}
