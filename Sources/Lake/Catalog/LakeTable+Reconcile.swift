import ObjectStore
import Platform
import Records

extension LakeTable {
  /// Finds out what became of an attempt whose outcome is unknown, after a crash or a timeout.
  ///
  /// It puts the same bytes again until the version exists, so a `dead` is final: a late write of
  /// the attempt can land nowhere any more. A `committed` brings index, hint and removals up to
  /// date. Throws when the store does not answer: ask again later.
  package func reconcile(_ attempt: CommitAttempt) async throws(LakeError) -> Reconciliation {
    let key = store.place.versionKey(attempt.version)
    for number in 0..<10 {
      guard let head = try await store.head() else {
        throw .corrupt(file: location, reason: "the table is gone")
      }
      if head.contains(attempt.commitID) { return try await settle(attempt, head) }
      if head.version >= attempt.version { return try await judge(attempt, head) }
      // The slot is free, or the answer is late: the same bytes again, until 200 or 412.
      do throws(ObjectStoreError) {
        try await store.store.put(
          key, ByteBlock(Array(attempt.metadata.utf8)), condition: .ifAbsent)
      } catch {
        switch CreateAnswer(error) {
        case .exists: continue
        case .unclear: await store.pause(boundMilliseconds: 100 << Int64(min(number, 6)))
        case .cancelled, .refused: throw .store(error)
        }
      }
    }
    return .unknown
  }

  /// Removes the objects of an attempt that is `dead`, or of a commit that never came to one:
  /// its data files, and the manifests and lists that begin with its id.
  ///
  /// Never call it for an attempt whose outcome is unknown. Answers the keys that are still there.
  package func removeOrphans(of commit: CommitID, dataFileKeys: [String])
    async throws(LakeError) -> [String]
  {
    do throws(ObjectStoreError) {
      let found = try await store.store.listAll(prefix: store.place.metadataPrefix(of: commit))
      return await store.remove(dataFileKeys + found.map(\.key))
    } catch { throw .store(error) }
  }

  private func settle(_ attempt: CommitAttempt, _ head: TableVersion)
    async throws(LakeError) -> Reconciliation
  {
    try await adopt(head)
    try await store.writeHint(head.version)
    let snapshot = head.snapshot(of: attempt.commitID)
    let metadata = ByteBlock(Array(attempt.metadata.utf8))
    defer { withExtendedLifetime(metadata) {} }
    let made = try TableMetadata(json: metadata.bytes, file: "the attempt's metadata")
    await collect(attempt.garbage + unused(attempt, made))
    return .committed(version: attempt.version, snapshotID: snapshot?.snapshotID)
  }

  /// Lists that earlier tries of the commit wrote: the one that was committed names its own.
  /// Manifests are kept: which of them it names is not worth reading here.
  private func unused(_ attempt: CommitAttempt, _ made: TableMetadata) -> [String] {
    let list = made.currentSnapshot.flatMap { store.store.key(of: $0.manifestList) }
    return attempt.written.filter { $0.hasSuffix("-list.avro") && $0 != list }
  }

  /// Judges an attempt whose version exists, or did: `head` does not name the commit.
  private func judge(_ attempt: CommitAttempt, _ head: TableVersion)
    async throws(LakeError) -> Reconciliation
  {
    let file = store.store.location(of: store.place.versionKey(attempt.version))
    let isInLine =
      head.version == attempt.version
      || head.metadata.metadataLog.contains { $0.metadataFile == file }
    if isInLine, let there = try await store.version(attempt.version) {
      // The number is the table's own, not one that was deleted and made anew.
      if there.commitID == attempt.commitID { return try await settle(attempt, head) }
      return .dead
    }
    // The version is gone. Settled offsets only grow, so a commit that moved them shows.
    for (partition, end) in attempt.settledEnds {
      guard let state = head.state[PartitionID(partition)], state.settled >= Offset(end) else {
        return .dead
      }
    }
    try await adopt(head)
    let files = Set(attempt.dataFiles)
    guard !files.isEmpty else { return .unknown }
    return index.manifests(naming: files).isEmpty ? .unknown : try await settle(attempt, head)
  }
}
