import Platform

// A response's frame is a 32-bit length, its correlation id, from header version 1 on tagged
// fields, and its body. Source: Kafka's ResponseHeader.json.

extension KafkaResponse {
  /// The answer as it goes out: length, header and body. Payloads of records stay parts of their
  /// own, so that ranges of files can be sent by the kernel.
  ///
  /// Throws only when a value does not fit the format, such as a string above 32,767 bytes.
  package func framed(
    correlationID: Int32, version: Int16
  ) throws(WireError) -> [OutputPart] {
    var encoder = Encoder(version: version, isFlexible: Self.api.isFlexible(version))
    encoder.integer(Int32(0))
    encoder.integer(correlationID)
    if Self.api.hasTaggedResponseHeader(version) { encoder.noTags() }
    var message = self
    try encoder.structure(&message)
    return encoder.finish(lengthPosition: 0)
  }

  /// Reads an answer, as a client does: from a frame without its length.
  package static func decode(
    frame: UnsafeRawBufferPointer, version: Int16
  ) throws(WireError) -> (correlationID: Int32, response: Self) {
    var decoder = Decoder(
      UnsafeMutableRawBufferPointer(mutating: frame), version: version,
      isFlexible: api.isFlexible(version))
    let correlationID = try decoder.integer(Int32.self)
    if api.hasTaggedResponseHeader(version) { try decoder.skipTags() }
    var message = Self()
    try decoder.structure(&message)
    guard decoder.isAtEnd else { throw WireError(.trailingBytes, at: decoder.position) }
    return (correlationID, message)
  }
}
