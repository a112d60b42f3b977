/// Finds what only expired snapshots name: their lists, manifests, and data files that were removed
/// from the table.
///
/// It relies on what `ExpiryPlan.snapshots` promises: the expired ones are the oldest of an
/// unbroken line. A manifest that left the line never comes back, so one that the first kept
/// snapshot does not name is named by none. A file that left the table stands as DELETED in a
/// manifest that the deleting snapshot wrote.
struct ExpiryGarbage: Sendable {
  let store: TableStore
  let options: TableOptions

  /// The keys to remove once a version without `expired` is committed; nil when they cannot be
  /// found out now: then nothing must expire, or the files would never be found again.
  func keys(_ expired: [Snapshot], of metadata: TableMetadata) async -> [String]? {
    guard !expired.isEmpty else { return [] }
    let line = metadata.snapshots.sorted { $0.sequenceNumber < $1.sequenceNumber }
    guard line.count > expired.count else { return nil }
    do throws(LakeError) {
      var lists: [[ManifestFile]] = []
      for snapshot in line[...expired.count] {
        lists.append(try await store.manifests(of: snapshot))
      }
      let kept = Set(lists[expired.count].map(\.path))
      var manifests: Set<String> = []
      for list in lists.dropLast() { manifests.formUnion(list.map(\.path)) }
      var keys: [String] = []
      for (snapshot, list) in zip(line, lists).prefix(expired.count + 1).dropFirst() {
        keys += try await removedFiles(by: snapshot, list)
      }
      for path in manifests.subtracting(kept).sorted() { keys.append(try store.key(of: path)) }
      for snapshot in expired { keys.append(try store.key(of: snapshot.manifestList)) }
      return keys
    } catch {
      store.environment.logger.warn(
        "snapshots cannot expire now", ("table", store.location), ("why", error))
      return nil
    }
  }

  /// The data files that the snapshot removed from the table.
  private func removedFiles(by snapshot: Snapshot, _ list: [ManifestFile])
    async throws(LakeError) -> [String]
  {
    let changed = list.filter {
      $0.addedSnapshotID == snapshot.snapshotID && $0.deletedFileCount > 0
    }
    var keys: [String] = []
    for entries in try await store.entries(
      of: changed, concurrentReads: options.concurrentReads)
    {
      for entry in entries
      where entry.status == .deleted && entry.snapshotID == snapshot.snapshotID {
        keys.append(try store.key(of: entry.file.path))
      }
    }
    return keys
  }
}
