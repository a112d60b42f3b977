/// A message, or a structure inside one: a value for all its versions.
///
/// `fields` is its only description. It visits every field of every version, in wire order, tagged
/// fields last and by ascending tag, and must not look at the coder's version itself.
package protocol Message: NullableWireValue, Sendable {
  init()
  mutating func fields(_ f: inout some Coder) throws(WireError)

  // The same with the hot coders named, so that each message has code specialised for them and a
  // call from another module finds it. Nobody implements these.
  mutating func decodeFields(_ decoder: inout Decoder) throws(WireError)
  mutating func encodeFields(_ encoder: inout Encoder) throws(WireError)
}

extension Message {
  /// Makes a message with its defaults and lets `fill` set the rest.
  @inlinable
  package init(_ fill: (inout Self) -> Void) {
    self.init()
    fill(&self)
  }

  package mutating func decodeFields(_ decoder: inout Decoder) throws(WireError) {
    try fields(&decoder)
  }

  package mutating func encodeFields(_ encoder: inout Encoder) throws(WireError) {
    try fields(&encoder)
  }
}

extension Message {
  package static var wireType: WireType { .structure(Self.self) }
  package static var absent: Self { Self() }

  package static func read(
    from decoder: inout Decoder, nullable: Bool
  ) throws(WireError) -> Self {
    var message = Self()
    try decoder.structure(&message)
    return message
  }

  package static func write(
    _ value: inout Self, to encoder: inout Encoder, nullable: Bool
  ) throws(WireError) {
    try encoder.structure(&value)
  }

  package static func readIfPresent(
    from decoder: inout Decoder, nullable: Bool
  ) throws(WireError) -> Self? {
    // A nullable structure is preceded by −1 for null, else 1.
    if nullable, try decoder.integer(Int8.self) < 0 { return nil }
    return try read(from: &decoder, nullable: false)
  }

  package static func writePresent(
    _ value: inout Self, to encoder: inout Encoder, nullable: Bool
  ) throws(WireError) {
    if nullable { encoder.integer(Int8(1)) }
    try encoder.structure(&value)
  }

  package static func writeNull(
    to encoder: inout Encoder, nullable: Bool
  ) throws(WireError) {
    if nullable {
      encoder.integer(Int8(-1))
    } else {
      var message = Self()
      try encoder.structure(&message)
    }
  }

  package static func minimumByteCount(version: Int16, isFlexible: Bool) -> Int {
    // Every field of a default message is as short as it can be.
    var encoder = Encoder(version: version, isFlexible: isFlexible)
    var message = Self()
    do { try encoder.structure(&message) } catch { return 1 }
    return max(1, encoder.byteCount)
  }
}

/// What a client asks of a broker.
package protocol KafkaRequest: Message {
  associatedtype Response: KafkaResponse
  static var api: API { get }
}

/// What a broker answers.
package protocol KafkaResponse: Message {
  static var api: API { get }
  /// How long a quota keeps the client waiting; the field of that name, where the answer has one.
  var throttleTimeMilliseconds: Int32 { get set }
}

extension KafkaResponse {
  /// Answers without the field cannot tell: 0, and setting it does nothing.
  package var throttleTimeMilliseconds: Int32 {
    get { 0 }
    set {}
  }
}
