/// The epoch of a consumer group's target assignment in `__consumer_offsets` (Kafka's
/// ConsumerGroupTargetAssignmentMetadataValue.json).
package struct ConsumerGroupTargetAssignmentMetadataValue: EmbeddedMessage {
  package static let versions: ClosedRange<Int16> = 0...0
  package static let flexibleFrom: Int16 = 0

  package var assignmentEpoch: Int32 = 0

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&assignmentEpoch)
  }
}
