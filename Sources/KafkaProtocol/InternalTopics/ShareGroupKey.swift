/// The key of what `__consumer_offsets` keeps once for each share group (Kafka's
/// ShareGroup…Key.json). Its version is its kind.
package struct ShareGroupKey: EmbeddedMessage {
  package static let versions: ClosedRange<Int16> = 11...15

  /// The group's epoch.
  package static let epoch: Int16 = 11
  /// The epoch of the target assignment.
  package static let targetAssignment: Int16 = 12
  /// Which partitions have delivery state: Kafka's own record of it, not needed here.
  package static let statePartitions: Int16 = 15

  package var group = ""

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&group)
  }
}
