import Platform

/// A message inside a `bytes` field, with its own version before it: consumers speak with their
/// assignors so, and the broker only looks in when it must (Kafka's ConsumerProtocol). The keys
/// and values of internal topics have the same form.
package protocol EmbeddedMessage: Message {
  static var versions: ClosedRange<Int16> { get }
  /// The first version with compact lengths and tagged fields; as a rule there is none.
  static var flexibleFrom: Int16 { get }
}

extension EmbeddedMessage {
  package static var flexibleFrom: Int16 { .max }
}

extension EmbeddedMessage {
  /// Reads the message. A version newer than is known reads as the newest known, with what follows
  /// left alone, because later versions only add fields.
  package init(embedded bytes: [UInt8]) throws(WireError) {
    self = try bytes.withUnsafeBufferPointer { (bytes) throws(WireError) in
      try Self.read(embedded: UnsafeRawBufferPointer(bytes))
    }
  }

  private static func read(embedded bytes: UnsafeRawBufferPointer) throws(WireError) -> Self {
    var reader = ByteReader(bytes)
    guard let version = reader.read(Int16.self) else { throw WireError(.truncated, at: 0) }
    guard version >= versions.lowerBound else { throw WireError(.unsupportedVersion, at: 0) }
    let known = min(version, versions.upperBound)
    var decoder = Decoder(
      UnsafeMutableRawBufferPointer(mutating: bytes), from: reader.position, version: known,
      isFlexible: known >= flexibleFrom)
    var message = Self()
    try decoder.structure(&message)
    return message
  }

  /// The version and the message.
  package func embedded(version: Int16) throws(WireError) -> [UInt8] {
    var encoder = Encoder(version: version, isFlexible: version >= Self.flexibleFrom)
    encoder.integer(version)
    var message = self
    try encoder.structure(&message)
    return encoder.bytes
  }
}
