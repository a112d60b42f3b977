import Platform

/// Writes the manifests and the list of one attempt on top of one base, and makes its metadata.
///
/// Nothing it writes is visible before the metadata version is created.
struct CommitPreparation: Sendable {
  let store: TableStore
  let options: TableOptions
  let base: TableVersion
  /// The live manifests of the base.
  let baseManifests: [ManifestFile]
  let attempt: Int

  private var metadata: TableMetadata { base.metadata }
  private var sequenceNumber: Int64 { metadata.lastSequenceNumber + 1 }

  init(
    store: TableStore, options: TableOptions, base: TableVersion, baseManifests: [ManifestFile],
    attempt: Int
  ) {
    self.store = store
    self.options = options
    self.base = base
    self.baseManifests = baseManifests
    self.attempt = attempt
  }

  /// What goes into the snapshot, as it comes together.
  private struct Contents {
    var manifests: [ManifestFile]
    var newEntries: [String: [ManifestEntry]] = [:]
    var written: Set<String> = []
    var removed: [DataFile] = []
    var manifestNumber = 0
  }

  /// Prepares the attempt; throws `InputGone` wrapped in the result when a file to be removed is
  /// not in the base.
  ///
  /// `naming`: the base's manifests that name files to be removed.
  func prepare(_ draft: inout CommitDraft, naming: Set<String>) async throws(LakeError)
    -> Result<PreparedCommit, InputGone>
  {
    let request = draft.request
    var contents = Contents(manifests: baseManifests)
    var snapshot: CommitContents.NewSnapshot?
    if request.changesContents {
      if let gone = try await removeFiles(&draft, &contents, naming) { return .failure(gone) }
      try await merge(&draft, &contents)
      try await addFiles(&draft, &contents)
      snapshot = try await writeList(&draft, &contents)
    }
    let now = store.environment.clock.wallMilliseconds()
    let expired = ExpiryPlan.snapshots(metadata, nowMilliseconds: now, options)
    let garbage = await ExpiryGarbage(store: store, options: options).keys(expired, of: metadata)
    let next = try base.metadata(
      after: request,
      CommitContents(
        snapshot: snapshot, expired: garbage == nil ? [] : expired, nowMilliseconds: now),
      baseFile: store.store.location(of: store.place.versionKey(base.version)), options)
    return .success(
      PreparedCommit(
        version: base.version + 1, metadata: next, json: try next.json(),
        snapshotID: snapshot?.snapshotID, manifests: contents.manifests,
        newEntries: contents.newEntries, written: contents.written,
        garbage: (garbage ?? []) + droppedVersions(next)))
  }

  /// Keys of the versions that the base's log had (the base itself included) and the new one has
  /// not, oldest first.
  private func droppedVersions(_ next: TableMetadata) -> [String] {
    let kept = Set(next.metadataLog.map(\.metadataFile))
    return metadata.metadataLog.map(\.metadataFile).filter { !kept.contains($0) }
      .compactMap { store.store.key(of: $0) }
  }

  /// Rewrites the manifests that name files to be removed: those become DELETED, the rest EXISTING.
  private func removeFiles(
    _ draft: inout CommitDraft, _ contents: inout Contents, _ naming: Set<String>
  ) async throws(LakeError) -> InputGone? {
    var missing = Set(draft.request.removing)
    if missing.isEmpty { return nil }
    let rewritten = contents.manifests.filter { naming.contains($0.path) }
    let read = try await store.entries(of: rewritten, concurrentReads: options.concurrentReads)
    contents.manifests.removeAll { naming.contains($0.path) }
    for (manifest, entries) in zip(rewritten, read) {
      let changed = entries.filter(\.isLive).map { entry in
        guard missing.remove(entry.file.path) != nil else { return entry.carried() }
        contents.removed.append(entry.file)
        return entry.deleted(by: draft.snapshotID)
      }
      try await write(changed, specID: manifest.specID, &draft, &contents)
    }
    return missing.min().map(InputGone.init)
  }

  private func merge(_ draft: inout CommitDraft, _ contents: inout Contents)
    async throws(LakeError)
  {
    // A manifest that this commit has just written stays as it is: it may hold DELETED entries,
    // which the snapshot must show.
    let settled = contents.manifests.filter { contents.newEntries[$0.path] == nil }
    for group in MergePlan.groups(settled, options) {
      let read = try await store.entries(of: group, concurrentReads: options.concurrentReads)
      let paths = Set(group.map(\.path))
      contents.manifests.removeAll { paths.contains($0.path) }
      try await write(
        MergePlan.merged(read), specID: group[0].specID, &draft, &contents)
    }
  }

  private func addFiles(_ draft: inout CommitDraft, _ contents: inout Contents)
    async throws(LakeError)
  {
    guard !draft.request.adding.isEmpty else { return }
    if draft.addedManifest == nil {
      let entries = draft.request.adding.map {
        ManifestEntry.added($0, snapshotID: draft.snapshotID)
      }
      let key = store.place.manifestKey(draft.request.commitID, attempt: 0, 0)
      let block = try await put(entries, specID: metadata.defaultSpecID, key, &draft)
      draft.addedManifest = CommitDraft.AddedManifest(
        key: key, location: store.store.location(of: key), byteCount: Int64(block.count),
        entries: entries)
    }
    guard let added = draft.addedManifest, let spec = metadata.spec(metadata.defaultSpecID) else {
      return
    }
    contents.manifests.insert(
      ManifestFile(
        path: added.location, byteCount: added.byteCount, spec: spec, entries: added.entries,
        snapshotID: draft.snapshotID, sequenceNumber: sequenceNumber), at: 0)
    contents.newEntries[added.location] = added.entries
    contents.written.insert(added.key)
  }

  private func writeList(_ draft: inout CommitDraft, _ contents: inout Contents)
    async throws(LakeError) -> CommitContents.NewSnapshot
  {
    let request = draft.request
    let key = store.place.listKey(request.commitID, attempt: attempt)
    draft.written.append(key)
    try await store.put(
      key,
      ManifestList.encode(
        contents.manifests, snapshotID: draft.snapshotID,
        parentSnapshotID: metadata.currentSnapshotID, sequenceNumber: sequenceNumber,
        sync: store.sync()))
    contents.written.insert(key)
    return CommitContents.NewSnapshot(
      snapshotID: draft.snapshotID, manifestList: store.store.location(of: key),
      summary: SnapshotSummary.make(
        request.operation, added: .init(request.adding), removed: .init(contents.removed),
        parent: metadata.currentSnapshot?.summary, commitID: request.commitID))
  }

  /// Writes one more manifest of this attempt into the snapshot.
  private func write(
    _ entries: [ManifestEntry], specID: Int32, _ draft: inout CommitDraft,
    _ contents: inout Contents
  ) async throws(LakeError) {
    guard !entries.isEmpty, let spec = metadata.spec(specID) else { return }
    contents.manifestNumber += 1
    let key = store.place.manifestKey(
      draft.request.commitID, attempt: attempt, contents.manifestNumber)
    let block = try await put(entries, specID: specID, key, &draft)
    let location = store.store.location(of: key)
    contents.manifests.append(
      ManifestFile(
        path: location, byteCount: Int64(block.count), spec: spec, entries: entries,
        snapshotID: draft.snapshotID, sequenceNumber: sequenceNumber))
    contents.newEntries[location] = entries
    contents.written.insert(key)
  }

  private func put(
    _ entries: [ManifestEntry], specID: Int32, _ key: String, _ draft: inout CommitDraft
  ) async throws(LakeError) -> ByteBlock {
    guard let schema = metadata.schema(metadata.currentSchemaID), let spec = metadata.spec(specID)
    else { throw .corrupt(file: store.location, reason: "no partition spec \(specID)") }
    draft.written.append(key)
    let block = try Manifest.encode(entries, schema: schema, spec: spec, sync: store.sync())
    try await store.put(key, block)
    return block
  }
}

/// A file that is to be removed is not in the table.
struct InputGone: Error {
  let path: String
}
