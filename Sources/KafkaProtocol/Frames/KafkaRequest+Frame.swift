import Platform

extension KafkaRequest {
  /// The request as a client sends it: length, header and body; see `RequestFrame`.
  package func framed(
    correlationID: Int32, version: Int16, clientID: String? = nil
  ) throws(WireError) -> [OutputPart] {
    // The client id keeps its 16-bit length in flexible headers.
    var encoder = Encoder(version: version, isFlexible: false)
    encoder.integer(Int32(0))
    encoder.integer(Self.api.key.rawValue)
    encoder.integer(version)
    encoder.integer(correlationID)
    var name = clientID
    try String?.write(&name, to: &encoder, nullable: true)
    encoder.isFlexible = Self.api.isFlexible(version)
    if encoder.isFlexible { encoder.noTags() }
    var message = self
    try encoder.structure(&message)
    return encoder.finish(lengthPosition: 0)
  }
}
