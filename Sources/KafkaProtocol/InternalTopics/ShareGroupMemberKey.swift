/// The key of what `__consumer_offsets` keeps for each member of a share group (Kafka's
/// ShareGroup…Key.json). Its version is its kind.
package struct ShareGroupMemberKey: EmbeddedMessage {
  package static let versions: ClosedRange<Int16> = 10...14

  /// Who the member is and what it subscribes to.
  package static let member: Int16 = 10
  /// What it shall have.
  package static let targetAssignment: Int16 = 13
  /// What it has.
  package static let currentAssignment: Int16 = 14

  package var group = ""
  package var memberID = ""

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&group)
    try f.field(&memberID)
  }
}
