/// What a regular expression of a consumer group stands for, in `__consumer_offsets` (Kafka's
/// ConsumerGroupRegularExpressionValue.json).
package struct ConsumerGroupRegularExpressionValue: EmbeddedMessage {
  package static let versions: ClosedRange<Int16> = 0...0
  package static let flexibleFrom: Int16 = 0

  package var topics: [String] = []
  /// Of the metadata that it was matched with.
  package var version: Int64 = 0
  /// Milliseconds since 1970.
  package var timestamp: Int64 = 0

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&topics)
    try f.field(&version)
    try f.field(&timestamp)
  }
}
