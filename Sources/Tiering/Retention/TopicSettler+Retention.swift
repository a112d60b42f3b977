import CommitLog
import Lake
import ObjectStore
import Platform
import Records

extension TopicSettler {
  /// Retention of a topic that settles: moves the log start across both tiers, takes old files out
  /// of the table, and deletes local segments that a durable commit covers.
  func retainSettled() async throws(TieringError) {
    guard let table else { return }
    try await keepUp(table)
    guard topic.settings.deletes else { return }
    let candidates = topic.partitions.filter { wantsRetention($0) }
    guard !candidates.isEmpty else { return }
    // Nothing is deleted on the strength of what this process remembers.
    let state: SettledState
    do throws(LakeError) { state = try await table.refresh() } catch { throw .lake(error) }
    await publish()
    for partition in candidates {
      guard let settled = state[partition.id] else { continue }
      try await moveLogStart(partition, settled, table)
      try await deleteLocal(partition, settled.settled)
    }
  }

  /// Whether retention has anything to do, by what is known without asking the store.
  private func wantsRetention(_ partition: TieredPartition) -> Bool {
    guard let snapshot = topic.view.snapshot, let settled = snapshot.state[partition.id] else {
      return false
    }
    let now = environment.clock.wallMilliseconds()
    let plan = totalPlan(partition, settled, snapshot.files[partition.id] ?? [])
    return localPlan(partition.log).outcome(now: now, limit: settled.settled)
      != LocalRetentionPlan.Outcome()
      || plan.newLogStart(now: now) != nil || !plan.removable(now: now).isEmpty
      || partition.log.logStartOffset > settled.logStart
      || settled.logStart > partition.log.logStartOffset
  }

  private func localPlan(_ log: PartitionLog) -> LocalRetentionPlan {
    LocalRetentionPlan(
      log, milliseconds: topic.settings.localRetentionMilliseconds,
      bytes: topic.settings.localRetentionBytes)
  }

  private func totalPlan(
    _ partition: TieredPartition, _ settled: SettledState.Partition, _ files: [ColdFile]
  ) -> TotalRetentionPlan {
    let settings = topic.settings
    let unsettled = partition.log.segments.filter { $0.endOffset > settled.settled }
    return TotalRetentionPlan(
      files: files, logStart: max(settled.logStart, partition.log.logStartOffset),
      settled: settled.settled, unsettledBytes: unsettled.reduce(0) { $0 + $1.byteCount },
      retentionMilliseconds: settings.retentionMilliseconds,
      retentionBytes: settings.retentionBytes,
      lakeRetentionMilliseconds: settings.lakeRetentionMilliseconds)
  }

  /// The table's log start first, then the local one, then the files.
  private func moveLogStart(
    _ partition: TieredPartition, _ settled: SettledState.Partition, _ table: LakeTable
  ) async throws(TieringError) {
    let now = environment.clock.wallMilliseconds()
    var plan = totalPlan(partition, settled, await table.dataFiles(of: partition.id))
    let start = plan.newLogStart(now: now) ?? plan.logStart
    if start > settled.logStart {
      try await committed(
        CommitRequest(
          commitID: table.newCommitID(), epoch: topic.epoch, logStarts: [partition.id: start]),
        table)
    }
    if start > partition.log.logStartOffset {
      let log = partition.log
      try await blocking { () throws(StorageError) in try log.advanceLogStart(to: start) }
    }
    var moved = settled
    moved.logStart = start
    plan = totalPlan(partition, moved, await table.dataFiles(of: partition.id))
    let gone = plan.removable(now: now)
    if !gone.isEmpty {
      try await committed(
        CommitRequest(commitID: table.newCommitID(), epoch: topic.epoch, removing: gone), table)
      metrics.removedFiles.add(Int64(gone.count))
      environment.log.info(
        "files left the table", ("topic", topic.identity.topic), ("partition", partition.id),
        ("files", gone.count))
    }
    if start > settled.logStart || !gone.isEmpty { await publish() }
  }

  /// Expires the snapshots of a quiet topic: commits do it on the way, but without one the files
  /// that have left the table would stay in the store for ever.
  private func keepUp(_ table: LakeTable) async throws(TieringError) {
    guard await table.isUpkeepDue else { return }
    try await committed(CommitRequest(commitID: table.newCommitID(), epoch: topic.epoch), table)
  }

  /// A commit without new files. Whatever becomes of it, trying again later is right: log starts
  /// only move forward, and a file that is gone is not removed twice. The intent is for the
  /// manifests that a crash would leave.
  private func committed(_ request: CommitRequest, _ table: LakeTable) async throws(TieringError) {
    let journal = journal
    let intent = SettleIntent(
      commitID: request.commitID.description, topicID: topic.topicID.description,
      dataFileKeys: [])
    // Until the outcome is dealt with, the next round must ask about the intent first.
    hasRecovered = false
    do throws(LakeError) {
      do throws(StorageError) { try journal.write(intent) } catch { throw .storage(error) }
      let outcome = try await table.commit(request) { (attempt) async throws(LakeError) in
        var noted = intent
        noted.attempt = attempt
        do throws(StorageError) { try journal.write(noted) } catch { throw .storage(error) }
      }
      switch outcome {
      case .committed:
        try await dropped(intent)
        hasRecovered = true
      case .fenced(let epoch):
        topic.fence()
        throw .fenced(table: table.location, epoch: epoch, ours: topic.epoch)
      case .abandoned, .unknown:
        throw .store(
          ObjectStoreError(
            .unknownOutcome, key: table.location, "a commit of retention ended as \(outcome)"))
      }
    } catch { throw .lake(error) }
  }

  private func deleteLocal(_ partition: TieredPartition, _ settled: Offset)
    async throws(TieringError)
  {
    let now = environment.clock.wallMilliseconds()
    let outcome = localPlan(partition.log).outcome(now: now, limit: settled)
    guard let below = outcome.deleteBelow else { return }
    try await delete(partition, below: below, closesActive: outcome.closesActive)
  }

  private func delete(_ partition: TieredPartition, below: Offset, closesActive: Bool)
    async throws(TieringError)
  {
    let now = environment.clock.wallMilliseconds()
    let log = partition.log
    let metrics = metrics
    try await blocking { () throws(StorageError) in
      if closesActive { try log.roll(now: now) }
      metrics.deletedSegments.add(Int64(try log.deleteSegments(below: below)))
    }
  }

  /// Deletes local segments that lie whole below the log start, settled or not: DeleteRecords or
  /// retention has moved it, and nobody may ask for them any more. Needs nothing of the store, so
  /// that deleting records makes room on the disk also while the store is away.
  func deleteUnreachable() async throws(TieringError) {
    for partition in topic.partitions {
      let start = partition.log.logStartOffset
      let segments = partition.log.segments
      guard let first = segments.first, first.byteCount > 0, first.endOffset <= start else {
        continue
      }
      let isAll = segments.allSatisfy { $0.endOffset <= start }
      try await delete(partition, below: start, closesActive: isAll)
    }
  }

  /// Retention of a topic that does not settle: the log start moves over whole local segments.
  func retainLocal() async throws(TieringError) {
    let settings = topic.settings
    guard settings.deletes else { return }
    let now = environment.clock.wallMilliseconds()
    for partition in topic.partitions {
      let log = partition.log
      let outcome = LocalRetentionPlan(
        log, milliseconds: settings.retentionMilliseconds, bytes: settings.retentionBytes
      ).outcome(now: now, limit: log.endOffset)
      guard let below = outcome.deleteBelow else { continue }
      try await blocking { () throws(StorageError) in try log.advanceLogStart(to: below) }
      try await delete(partition, below: below, closesActive: outcome.closesActive)
    }
  }
}
