import Records

/// A committed offset in `__consumer_offsets` (Kafka's OffsetCommitValue.json).
///
/// Versions 1 (with an expiry of its own) and 3 are written, as by Kafka; all are read.
package struct OffsetCommitValue: EmbeddedMessage {
  package static let versions: ClosedRange<Int16> = 0...4
  package static let flexibleFrom: Int16 = 4

  package var offset = Offset(0)
  package var leaderEpoch = LeaderEpoch(-1)
  package var metadata = ""
  /// Milliseconds since 1970.
  package var commitTimestamp: Int64 = -1
  package var expireTimestamp: Int64 = -1
  package var topicID = TopicID.zero

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&offset)
    try f.field(&leaderEpoch, in: 3...)
    try f.field(&metadata)
    try f.field(&commitTimestamp)
    try f.field(&expireTimestamp, in: 1...1)
    try f.tagged(0, &topicID, in: 4...)
  }
}
