import Records

/// The key of a committed offset in `__consumer_offsets` (Kafka's OffsetCommitKey.json). Its
/// version is its kind: 0 and 1 mean the same.
package struct OffsetCommitKey: EmbeddedMessage {
  package static let versions: ClosedRange<Int16> = 0...1

  package var group = ""
  package var topic = ""
  package var partition = PartitionID(0)

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&group)
    try f.field(&topic)
    try f.field(&partition)
  }
}
