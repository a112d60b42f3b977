import Platform

extension LakeTable {
  /// Whether snapshots should expire although nothing else is to be committed: on a quiet topic,
  /// what was removed from the table would otherwise stay in the store.
  package var isUpkeepDue: Bool {
    let now = store.environment.clock.wallMilliseconds()
    return !ExpiryPlan.snapshots(current.metadata, nowMilliseconds: now, options).isEmpty
  }

  /// Commits nothing but the expiry of snapshots and old versions.
  ///
  /// Note the attempt like any other: it names what is to be removed afterwards.
  package func upkeep(
    commitID: CommitID, epoch: Int64,
    noting: @Sendable (CommitAttempt) async throws(LakeError) -> Void = { _ in }
  ) async throws(LakeError) -> CommitOutcome {
    try await commit(CommitRequest(commitID: commitID, epoch: epoch), noting: noting)
  }

  /// Removes versions just below the log's first, which a crash between commit and removal has
  /// left: removal goes from the oldest up, so they lie next to the log. A failure leaves them to
  /// the next opening.
  func sweepOldVersions() async {
    guard let first = current.metadata.metadataLog.first,
      let key = store.store.key(of: first.metadataFile),
      var version = store.place.version(ofKey: key)
    else { return }
    var left: [String] = []
    while version > 1, left.count < options.versionRemovalCount,
      (try? await store.exists(store.place.versionKey(version - 1))) == true
    {
      version -= 1
      left.insert(store.place.versionKey(version), at: 0)
    }
    if !left.isEmpty { await collect(left) }
  }
}
