import Records

/// What changed in a partition that a share group reads (Kafka's ShareUpdateValue.json).
package struct ShareUpdateValue: EmbeddedMessage {
  package static let versions: ClosedRange<Int16> = 0...0
  package static let flexibleFrom: Int16 = 0

  package var snapshotEpoch: Int32 = 0
  package var leaderEpoch = LeaderEpoch(0)
  /// −1 when it stays what it was.
  package var startOffset = Offset(0)
  package var stateBatches: [ShareStateBatch] = []
  /// Offsets from the start on that are done with; −1 when that is not known.
  package var deliveryCompleteCount: Int32 = -1

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&snapshotEpoch)
    try f.field(&leaderEpoch)
    try f.field(&startOffset)
    try f.field(&stateBatches)
    try f.tagged(0, &deliveryCompleteCount, in: 0..., default: -1)
  }
}
