// A frame on the wire is a 32-bit length and that many bytes. A request's begin with its header:
//
//   api key int16, api version int16, correlation id int32, client id nullable string,
//   and from header version 2 on (flexible messages) tagged fields.
//
// The client id never has a compact length, so that a broker can read it without knowing the
// version (KIP-482). Source: Kafka's RequestHeader.json.

/// A received request: its header read, its body yet to be decoded.
///
/// It refers to the frame's bytes and is valid as long as they are.
package struct RequestFrame: @unchecked Sendable {
  /// The number of the API, which may be unknown.
  package let rawKey: Int16
  package let version: Int16
  package let correlationID: Int32
  package let clientID: WireString?

  private let bytes: UnsafeMutableRawBufferPointer
  /// Where the header's tagged fields, if any, and the body begin.
  private let headerEnd: Int

  /// Reads the header of a frame, which is given without its length.
  package init(_ frame: UnsafeMutableRawBufferPointer) throws(WireError) {
    var decoder = Decoder(frame, version: 1, isFlexible: false)
    rawKey = try decoder.integer(Int16.self)
    version = try decoder.integer(Int16.self)
    correlationID = try decoder.integer(Int32.self)
    clientID = try WireString?.read(from: &decoder, nullable: true)
    bytes = frame
    headerEnd = decoder.position
  }

  /// The size of header and body: what a quota counts.
  package var byteCount: Int { bytes.count }

  /// The API that is called; nil when Varve does not know it.
  package var key: APIKey? { APIKey(rawValue: rawKey) }

  /// Reads the body. Bytes left over are passed by, as Kafka does: librdkafka 2.16's Metadata 13
  /// for all topics has three (it reserves four bytes for a count that takes one).
  package func decode<Request: KafkaRequest>(
    _ request: Request.Type = Request.self
  ) throws(WireError) -> Request {
    guard Request.api.versions.contains(version) else {
      throw WireError(.unsupportedVersion, at: 2)
    }
    let isFlexible = Request.api.isFlexible(version)
    var decoder = Decoder(bytes, from: headerEnd, version: version, isFlexible: isFlexible)
    if isFlexible { try decoder.skipTags() }
    var message = Request()
    try decoder.structure(&message)
    return message
  }
}
