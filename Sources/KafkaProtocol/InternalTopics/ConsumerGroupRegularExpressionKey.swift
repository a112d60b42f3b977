/// The key of a regular expression that members of a consumer group subscribe to, in
/// `__consumer_offsets` (Kafka's ConsumerGroupRegularExpressionKey.json).
package struct ConsumerGroupRegularExpressionKey: EmbeddedMessage {
  package static let versions: ClosedRange<Int16> = 16...16

  package var group = ""
  package var regularExpression = ""

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&group)
    try f.field(&regularExpression)
  }
}
