/// The key of a classic group in `__consumer_offsets` (Kafka's GroupMetadataKey.json).
package struct GroupMetadataKey: EmbeddedMessage {
  package static let versions: ClosedRange<Int16> = 2...2

  package var group = ""

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&group)
  }
}
