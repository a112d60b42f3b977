import Cluster

/// What a share group's own configs say of its fetches, over the broker's.
struct ShareFetchSettings: Equatable, Sendable {
  /// `share.record.lock.duration.ms`, within what the broker allows.
  var recordLockMilliseconds: Int64
  /// `share.auto.offset.reset`.
  var reset: ShareOffsetReset
  /// `share.isolation.level`.
  var readsCommitted: Bool

  /// - Parameter configs: each was checked when it was set.
  init(_ configs: GroupConfigValues) {
    recordLockMilliseconds = configs.bounded("share.record.lock.duration.ms")
    reset = ShareOffsetReset(configs.string("share.auto.offset.reset")) ?? .latest
    readsCommitted = configs.string("share.isolation.level") == "read_committed"
  }
}
