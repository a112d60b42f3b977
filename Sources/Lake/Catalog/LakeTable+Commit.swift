import ObjectStore
import Platform
import Records

extension LakeTable {
  /// Commits: all of `request` becomes visible in one metadata version, or nothing does.
  ///
  /// `noting` must make the attempt durable before it returns; it is called before every
  /// conditional
  /// create. An error thrown here means that nothing was committed and nothing will be; an outcome
  /// of `unknown` means that only `reconcile` can tell. When it answers `committed`, `dataFiles`
  /// knows the new files.
  package func commit(
    _ request: CommitRequest,
    noting: @Sendable (CommitAttempt) async throws(LakeError) -> Void = { _ in }
  ) async throws(LakeError) -> CommitOutcome {
    try request.validate()
    await takeTurn()
    defer { endTurn() }
    var machine = CommitMachine(
      epoch: request.epoch, starts: request.settled.mapValues(\.start),
      patienceMilliseconds: options.patienceMilliseconds,
      maximumBaseAgeMilliseconds: options.versionAgeMilliseconds / 2)
    var run = CommitRun(request: request)
    var action = machine.start()
    while true {
      if case .finish(let verdict) = action { return try await finish(verdict, run) }
      let event = try await perform(action, &run, noting)
      action = machine.handle(event, now: store.environment.clock.monotonicNanoseconds())
    }
  }

  /// Moves a partition's log start forward: a commit of its own, before files are removed.
  package func setLogStart(
    _ partition: PartitionID, _ offset: Offset, commitID: CommitID, epoch: Int64,
    noting: @Sendable (CommitAttempt) async throws(LakeError) -> Void = { _ in }
  ) async throws(LakeError) -> CommitOutcome {
    try await commit(
      CommitRequest(commitID: commitID, epoch: epoch, logStarts: [partition: offset]),
      noting: noting)
  }

  /// Takes files out of the table; their objects are removed when the snapshots that name them
  /// have expired. Abandoned when one of them is gone already.
  package func removeFiles(
    _ paths: [String], commitID: CommitID, epoch: Int64,
    noting: @Sendable (CommitAttempt) async throws(LakeError) -> Void = { _ in }
  ) async throws(LakeError) -> CommitOutcome {
    try await commit(
      CommitRequest(commitID: commitID, epoch: epoch, removing: paths), noting: noting)
  }

  /// Writes the epoch into the table, so that writers of lower ones are fenced from now on.
  package func claim(epoch: Int64) async throws(LakeError) -> CommitOutcome {
    if try await latest().epoch == epoch {
      return .committed(version: current.version, snapshotID: nil)
    }
    return try await commit(CommitRequest(commitID: newCommitID(), epoch: epoch))
  }

  /// What the driver knows while a commit runs.
  struct CommitRun {
    let request: CommitRequest
    var draft: CommitDraft?
    /// The version seen last: the base of the next attempt.
    var base: TableVersion?
    var prepared: PreparedCommit?
  }

  private func perform(
    _ action: CommitMachine.Action, _ run: inout CommitRun,
    _ noting: @Sendable (CommitAttempt) async throws(LakeError) -> Void
  ) async throws(LakeError) -> CommitMachine.Event {
    switch action {
    case .load:
      let head = try await latest()
      run.base = head
      return .loaded(head.view(for: run.request.commitID), startedAt: head.loadedAt)
    case .prepare(let attempt): return try await prepare(attempt, &run)
    case .create:
      let attempt = note(of: run)
      try await noting(attempt)
      return await create(run)
    case .createAgain(_, let bound):
      await store.pause(boundMilliseconds: bound)
      return await create(run)
    case .read(let version): return try await read(version, &run)
    case .readAgain(let version, let bound):
      await store.pause(boundMilliseconds: bound)
      return try await read(version, &run)
    case .finish: preconditionFailure("a verdict is no action to perform")
    }
  }

  private func prepare(_ attempt: Int, _ run: inout CommitRun) async throws(LakeError)
    -> CommitMachine.Event
  {
    guard let base = run.base else { preconditionFailure("prepared without a base") }
    try await adopt(base)
    // A refresh came further meanwhile; the index is its.
    if current.version > base.version {
      run.base = current
      let view = current.view(for: run.request.commitID)
      return attempt == 1
        ? .loaded(view, startedAt: current.loadedAt) : .found(view, startedAt: current.loadedAt)
    }
    // A commit of properties alone keeps the snapshot, and so its manifests as they are.
    let list =
      run.request.changesContents ? manifests.filter { $0.liveFileCount > 0 } : manifests
    var draft =
      run.draft
      ?? CommitDraft(
        run.request, taken: Set(base.metadata.snapshots.map(\.snapshotID)),
        random: store.environment.random)
    let naming = index.manifests(naming: Set(run.request.removing))
    let preparation = CommitPreparation(
      store: store, options: options, base: base, baseManifests: list, attempt: attempt)
    let result = try await preparation.prepare(&draft, naming: naming)
    run.draft = draft
    switch result {
    case .failure(let gone): return .inputGone(gone.path)
    case .success(let prepared):
      run.prepared = prepared
      return .prepared
    }
  }

  private func create(_ run: CommitRun) async -> CommitMachine.Event {
    guard let prepared = run.prepared else { preconditionFailure("created unprepared") }
    do throws(ObjectStoreError) {
      try await store.store.put(
        store.place.versionKey(prepared.version), ByteBlock(prepared.json), condition: .ifAbsent)
      return .created
    } catch {
      switch CreateAnswer(error) {
      case .exists: return .exists
      case .unclear: return .unclear
      case .cancelled: return .cancelled
      case .refused: return .refused(error)
      }
    }
  }

  /// Reads the version that a create met. Only a damaged or foreign one is an error: while it
  /// cannot be read, one's own success is not ruled out.
  private func read(_ version: Int64, _ run: inout CommitRun) async throws(LakeError)
    -> CommitMachine.Event
  {
    do throws(LakeError) {
      guard let found = try await store.version(version) else { return .missing }
      run.base = found
      return .found(found.view(for: run.request.commitID), startedAt: found.loadedAt)
    } catch {
      guard case .store(let failure) = error else { throw error }
      return failure.kind == .cancelled ? .cancelled : .unreadable
    }
  }

  private func note(of run: CommitRun) -> CommitAttempt {
    guard let prepared = run.prepared, let draft = run.draft else {
      preconditionFailure("noted unprepared")
    }
    var ends: [Int32: Int64] = [:]
    for (partition, range) in run.request.settled {
      ends[partition.rawValue] = range.end.rawValue
    }
    return CommitAttempt(
      commitID: run.request.commitID, version: prepared.version,
      metadata: String(decoding: prepared.json, as: UTF8.self), snapshotID: prepared.snapshotID,
      settledEnds: ends, dataFiles: run.request.adding.map(\.path), written: draft.written,
      garbage: prepared.garbage)
  }

  private func finish(_ verdict: CommitMachine.Verdict, _ run: CommitRun)
    async throws(LakeError) -> CommitOutcome
  {
    switch verdict {
    case .committed(let version): return await committed(version, run)
    case .unknown(let version): return .unknown(version: version)
    case .abandoned(let reason):
      await collect(run.draft?.written ?? [])
      return .abandoned(reason)
    case .fenced(let epoch):
      await collect(run.draft?.written ?? [])
      return .fenced(epoch: epoch)
    case .rolledBack:
      await collect(run.draft?.written ?? [])
      throw rolledBack(run.base ?? current)
    case .failed(let kind):
      await collect(run.draft?.written ?? [])
      throw .store(
        ObjectStoreError(
          kind, key: store.place.versionKey((run.base?.version ?? 0) + 1),
          "the new metadata version was refused"))
    }
  }

  /// After the commit: the index, the hint, and the removal of what nothing names any more. None
  /// of it can undo the commit, so failures here are left to the next time.
  private func committed(_ version: Int64, _ run: CommitRun) async -> CommitOutcome {
    var head = run.base
    var used: Set<String> = []
    var snapshotID: Int64?
    if let prepared = run.prepared, prepared.version == version {
      head = try? TableVersion(
        version: version, metadata: prepared.metadata, file: store.place.versionKey(version),
        loadedAt: store.environment.clock.monotonicNanoseconds())
      used = prepared.written
      snapshotID = prepared.snapshotID
    } else {
      snapshotID = head?.snapshot(of: run.request.commitID.description)?.snapshotID
    }
    do throws(LakeError) {
      if let head {
        try await adopt(head, head.version == run.prepared?.version ? run.prepared : nil)
      }
      try await store.writeHint(version)
    } catch {
      store.environment.logger.warn(
        "committed, but not all is brought up to date", ("table", location), ("why", error))
    }
    if let prepared = run.prepared, prepared.version == version {
      let unused = (run.draft?.written ?? []).filter { !used.contains($0) }
      await collect(unused + prepared.garbage)
    }
    return .committed(version: version, snapshotID: snapshotID)
  }
}
