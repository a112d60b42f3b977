import Records

/// The key of what `__share_group_state` keeps of a partition that a share group reads (Kafka's
/// ShareSnapshotKey.json and ShareUpdateKey.json). Its version is its kind.
package struct ShareStateKey: EmbeddedMessage {
  package static let versions: ClosedRange<Int16> = 0...1

  /// All of its state; without a value the state is gone.
  package static let snapshot: Int16 = 0
  /// What changed since the snapshot before it.
  package static let update: Int16 = 1

  package var group = ""
  package var topicID = TopicID.zero
  package var partition = PartitionID(0)

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&group)
    try f.field(&topicID)
    try f.field(&partition)
  }
}
