import KafkaProtocol

extension OffsetCommitValue {
  init(_ committed: CommittedOffset) {
    self.init()
    offset = committed.offset
    leaderEpoch = committed.leaderEpoch
    metadata = committed.metadata
    commitTimestamp = committed.commitTimestamp
    expireTimestamp = committed.expireTimestamp ?? -1
  }

  /// The lowest version that holds all of it: a commit with an expiry has no leader epoch.
  var version: Int16 { expireTimestamp >= 0 ? 1 : 3 }

  var committed: CommittedOffset {
    CommittedOffset(
      offset: offset, leaderEpoch: leaderEpoch, metadata: metadata,
      commitTimestamp: commitTimestamp,
      expireTimestamp: expireTimestamp >= 0 ? expireTimestamp : nil)
  }
}
