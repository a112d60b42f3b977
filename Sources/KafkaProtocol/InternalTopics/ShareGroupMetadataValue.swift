/// The epoch of a share group in `__consumer_offsets` (Kafka's ShareGroupMetadataValue.json).
package struct ShareGroupMetadataValue: EmbeddedMessage {
  package static let versions: ClosedRange<Int16> = 0...0
  package static let flexibleFrom: Int16 = 0

  package var epoch: Int32 = 0
  /// Of the topics that the group subscribes to, as they were at this epoch.
  package var metadataHash: Int64 = 0

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&epoch)
    try f.field(&metadataHash)
  }
}
