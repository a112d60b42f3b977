/// The key of what `__consumer_offsets` keeps for each member of a consumer group (Kafka's
/// ConsumerGroup…Key.json). Its version is its kind.
package struct ConsumerGroupMemberKey: EmbeddedMessage {
  package static let versions: ClosedRange<Int16> = 5...8

  /// Who the member is and what it subscribes to.
  package static let member: Int16 = 5
  /// What it shall have.
  package static let targetAssignment: Int16 = 7
  /// What it has.
  package static let currentAssignment: Int16 = 8

  package var group = ""
  package var memberID = ""

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&group)
    try f.field(&memberID)
  }
}
