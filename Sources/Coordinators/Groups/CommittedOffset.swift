import Records

/// How far a group has read one partition.
package struct CommittedOffset: Equatable, Sendable {
  /// The first offset that the group has not read.
  package var offset: Offset
  /// Of the last record read; −1 when the client did not say (KIP-320).
  package var leaderEpoch: LeaderEpoch
  /// Whatever the client wrote beside it.
  package var metadata: String
  /// Milliseconds since 1970.
  package var commitTimestamp: Int64
  /// When it expires, if the client said so itself (OffsetCommit up to version 4).
  package var expireTimestamp: Int64?

  package init(
    offset: Offset, leaderEpoch: LeaderEpoch = LeaderEpoch(-1), metadata: String = "",
    commitTimestamp: Int64, expireTimestamp: Int64? = nil
  ) {
    self.offset = offset
    self.leaderEpoch = leaderEpoch
    self.metadata = metadata
    self.commitTimestamp = commitTimestamp
    self.expireTimestamp = expireTimestamp
  }
}
