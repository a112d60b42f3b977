/// Chooses which snapshots and metadata versions a commit drops. Pure.
enum ExpiryPlan {
  /// The oldest snapshots that were superseded longer ago than they are kept.
  ///
  /// Only from the old end of an unbroken line of parents that ends in the current snapshot, and
  /// never past one that a branch or tag of somebody else names: what an expired snapshot alone
  /// names can then be told from its successor.
  static func snapshots(
    _ metadata: TableMetadata, nowMilliseconds: Int64, _ options: TableOptions
  ) -> [Snapshot] {
    let line = metadata.snapshots.sorted { $0.sequenceNumber < $1.sequenceNumber }
    guard line.count > 1, line.last?.snapshotID == metadata.currentSnapshotID else { return [] }
    for (earlier, later) in zip(line, line.dropFirst())
    where later.parentSnapshotID != earlier.snapshotID { return [] }
    let named = Set(
      metadata.references.filter { $0.key != "main" }.values.map(\.snapshotID))
    var expired: [Snapshot] = []
    for (snapshot, successor) in zip(line, line.dropFirst()) {
      let age = nowMilliseconds - successor.timestampMilliseconds
      guard age >= options.snapshotAgeMilliseconds, !named.contains(snapshot.snapshotID) else {
        break
      }
      expired.append(snapshot)
    }
    guard let oldest = expired.first else { return [] }
    // In batches, but what must go does not wait for ever on a quiet table.
    let isOverdue =
      nowMilliseconds - oldest.timestampMilliseconds >= 2 * options.snapshotAgeMilliseconds
    return expired.count >= options.expiryBatchCount || isOverdue ? expired : []
  }

  /// The oldest versions that are neither among the last ones nor superseded just recently.
  ///
  /// `log` is the metadata log with the base of the commit at its end.
  static func versions(
    _ log: [MetadataLogEntry], nowMilliseconds: Int64, _ options: TableOptions
  ) -> ArraySlice<MetadataLogEntry> {
    var count = 0
    while count < log.count - options.versionCount, count < options.versionRemovalCount,
      count + 1 < log.count,
      nowMilliseconds - log[count + 1].timestampMilliseconds >= options.versionAgeMilliseconds
    { count += 1 }
    return log[..<count]
  }
}
