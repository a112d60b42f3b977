import Coordinators
import KafkaProtocol

// What those ask who keep what share groups have been delivered.
extension GroupCoordinator {
  /// Finds out whether the id is that of a share group, whether that has members, and which topics
  /// they subscribe to. Both closures may be called on any thread.
  func shareStatus(
    of group: String, refuse: @escaping @Sendable (ErrorCode) -> Void,
    _ body: @escaping @Sendable (ShareGroupStatus) -> Void
  ) {
    withShard(of: group, refuse: refuse) { body($0.shareStatus(of: group)) }
  }

  /// Makes sure that there is a share group without members, before somebody sets where it reads
  /// on (AlterShareGroupOffsets). `done` gets none, GROUP_ID_NOT_FOUND for a group of another kind,
  /// NON_EMPTY_GROUP for one with members, or the error of a coordinator that is not ready; it may
  /// be called on any thread.
  func prepareShareGroup(_ group: String, done: @escaping @Sendable (ErrorCode) -> Void) {
    withShard(of: group, refuse: done) { shard in
      shard.handle(
        group,
        answer: { reply in
          guard case .sharePrepared(let code) = reply else { return done(.notCoordinator) }
          done(code)
        }, { .prepareShare($0) })
    }
  }
}
