/// The epoch of the target assignment of a consumer or share group in `__consumer_offsets` (Kafka's
/// ConsumerGroupTargetAssignmentMetadataValue.json; ShareGroup… is the same).
package struct ConsumerGroupTargetAssignmentMetadataValue: EmbeddedMessage {
  package static let versions: ClosedRange<Int16> = 0...0
  package static let flexibleFrom: Int16 = 0

  package var assignmentEpoch: Int32 = 0

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&assignmentEpoch)
  }
}
