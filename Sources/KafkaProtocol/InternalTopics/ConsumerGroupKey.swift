/// The key of what `__consumer_offsets` keeps once for each consumer group (Kafka's
/// ConsumerGroup…Key.json). Its version is its kind.
package struct ConsumerGroupKey: EmbeddedMessage {
  package static let versions: ClosedRange<Int16> = 3...6

  /// The group's epoch.
  package static let epoch: Int16 = 3
  /// The partitions of its topics: written by Kafka before 4.1, which has a hash with the epoch.
  package static let partitionMetadata: Int16 = 4
  /// The epoch of the target assignment.
  package static let targetAssignment: Int16 = 6

  package var group = ""

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&group)
  }
}
