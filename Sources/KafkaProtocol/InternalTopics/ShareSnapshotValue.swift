import Records

/// All that is known of a partition that a share group reads (Kafka's ShareSnapshotValue.json).
package struct ShareSnapshotValue: EmbeddedMessage {
  package static let versions: ClosedRange<Int16> = 0...0
  package static let flexibleFrom: Int16 = 0

  /// Grows with every snapshot; updates name the one that they follow.
  package var snapshotEpoch: Int32 = 0
  /// Grows when the group's offset is set from outside.
  package var stateEpoch: Int32 = 0
  package var leaderEpoch = LeaderEpoch(0)
  /// −1 when it is not known yet where the group begins.
  package var startOffset = Offset(0)
  /// Milliseconds since 1970.
  package var createTimestamp: Int64 = 0
  package var writeTimestamp: Int64 = 0
  package var stateBatches: [ShareStateBatch] = []
  /// Offsets from the start on that are done with; −1 when that is not known.
  package var deliveryCompleteCount: Int32 = -1

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&snapshotEpoch)
    try f.field(&stateEpoch)
    try f.field(&leaderEpoch)
    try f.field(&startOffset)
    try f.field(&createTimestamp)
    try f.field(&writeTimestamp)
    try f.field(&stateBatches)
    try f.tagged(0, &deliveryCompleteCount, in: 0..., default: -1)
  }
}
