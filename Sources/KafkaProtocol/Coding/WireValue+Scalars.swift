import Records

// Values of a fixed size: integers in network order, and what is made of them.

extension WireValue where Self: FixedWidthInteger {
  package static var absent: Self { 0 }

  package static func read(
    from decoder: inout Decoder, nullable: Bool
  ) throws(WireError) -> Self {
    try decoder.integer(Self.self)
  }

  package static func write(
    _ value: inout Self, to encoder: inout Encoder, nullable: Bool
  ) throws(WireError) {
    encoder.integer(value)
  }

  package static func minimumByteCount(version: Int16, isFlexible: Bool) -> Int {
    MemoryLayout<Self>.size
  }
}

extension Int8: WireValue {
  package static var wireType: WireType { .int8 }
}

extension Int16: WireValue {
  package static var wireType: WireType { .int16 }
}

extension UInt16: WireValue {
  package static var wireType: WireType { .uint16 }
}

extension Int32: WireValue {
  package static var wireType: WireType { .int32 }
}

extension Int64: WireValue {
  package static var wireType: WireType { .int64 }
}

extension Bool: WireValue {
  package static var wireType: WireType { .bool }
  package static var absent: Bool { false }

  package static func read(
    from decoder: inout Decoder, nullable: Bool
  ) throws(WireError) -> Bool {
    try decoder.integer(UInt8.self) != 0
  }

  package static func write(
    _ value: inout Bool, to encoder: inout Encoder, nullable: Bool
  ) throws(WireError) {
    encoder.integer(value ? 1 : 0 as UInt8)
  }

  package static func minimumByteCount(version: Int16, isFlexible: Bool) -> Int { 1 }
}

extension Double: WireValue {
  package static var wireType: WireType { .float64 }
  package static var absent: Double { 0 }

  package static func read(
    from decoder: inout Decoder, nullable: Bool
  ) throws(WireError) -> Double {
    Double(bitPattern: try decoder.integer(UInt64.self))
  }

  package static func write(
    _ value: inout Double, to encoder: inout Encoder, nullable: Bool
  ) throws(WireError) {
    encoder.integer(value.bitPattern)
  }

  package static func minimumByteCount(version: Int16, isFlexible: Bool) -> Int { 8 }
}

extension TopicID: WireValue {
  package static var wireType: WireType { .uuid }
  package static var absent: TopicID { .zero }

  package static func read(
    from decoder: inout Decoder, nullable: Bool
  ) throws(WireError) -> TopicID {
    let high = try decoder.integer(UInt64.self)
    return TopicID(high: high, low: try decoder.integer(UInt64.self))
  }

  package static func write(
    _ value: inout TopicID, to encoder: inout Encoder, nullable: Bool
  ) throws(WireError) {
    encoder.integer(value.high)
    encoder.integer(value.low)
  }

  package static func minimumByteCount(version: Int16, isFlexible: Bool) -> Int { 16 }
}

extension ErrorCode: WireValue {
  package static var wireType: WireType { .int16 }
  package static var absent: ErrorCode { .none }

  /// A code that is not known reads as `unknownServerError`: peers may be newer.
  package static func read(
    from decoder: inout Decoder, nullable: Bool
  ) throws(WireError) -> ErrorCode {
    ErrorCode(rawValue: try decoder.integer(Int16.self)) ?? .unknownServerError
  }

  package static func write(
    _ value: inout ErrorCode, to encoder: inout Encoder, nullable: Bool
  ) throws(WireError) {
    encoder.integer(value.rawValue)
  }

  package static func minimumByteCount(version: Int16, isFlexible: Bool) -> Int { 2 }
}

/// An identifier that is an integer on the wire.
package protocol WireIdentifier: WireValue, RawRepresentable
where RawValue: WireValue & FixedWidthInteger {
  init(rawValue: RawValue)
}

extension WireIdentifier {
  package static var wireType: WireType { RawValue.wireType }
  package static var absent: Self { Self(rawValue: 0) }

  package static func read(
    from decoder: inout Decoder, nullable: Bool
  ) throws(WireError) -> Self {
    Self(rawValue: try decoder.integer(RawValue.self))
  }

  package static func write(
    _ value: inout Self, to encoder: inout Encoder, nullable: Bool
  ) throws(WireError) {
    encoder.integer(value.rawValue)
  }

  package static func minimumByteCount(version: Int16, isFlexible: Bool) -> Int {
    MemoryLayout<RawValue>.size
  }
}

extension Offset: WireIdentifier {}
extension PartitionID: WireIdentifier {}
extension LeaderEpoch: WireIdentifier {}
