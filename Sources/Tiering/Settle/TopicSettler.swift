import CommitLog
import Lake
import ObjectStore
import Platform
import Records

/// Settles one topic: finds what is ready, encodes and uploads it, commits it to the topic's table,
/// and only then lets local retention delete. One task calls it; one round at a time.
///
/// The protocol of one commit (lake.md): intent on local disk; files encoded, read back, uploaded;
/// the attempt noted; conditional create; intent removed. A crash at any step leaves an intent, and
/// the next round that finds one asks the store what became of it before anything else settles.
package actor TopicSettler {
  let topic: TieredTopic
  let environment: TieringEnvironment
  let journal: IntentJournal
  let metrics: TieringMetrics
  let isHeld: @Sendable (String) -> Bool
  var table: LakeTable?
  /// By partition: when a range settled last, in milliseconds.
  var lastSettled: [PartitionID: Int64] = [:]
  private var lastCommit = Int64.min
  private var failures = 0
  private var hasRecovered = false

  package init(
    _ topic: TieredTopic, _ environment: TieringEnvironment, metrics: TieringMetrics,
    isHeld: @escaping @Sendable (String) -> Bool
  ) {
    self.topic = topic
    self.environment = environment
    self.metrics = metrics
    self.isHeld = isHeld
    journal = IntentJournal(
      fileSystem: environment.fileSystem, directory: environment.intentDirectory)
  }

  /// Works until the task is cancelled or the topic removed.
  package func run() async {
    while !Task.isCancelled, !topic.isRemoved, !topic.isFenced {
      var pause = min(1000, max(10, topic.settings.commitIntervalMilliseconds / 2))
      do throws(TieringError) {
        try await round()
        failures = 0
      } catch {
        if Task.isCancelled { return }
        failures += 1
        metrics.errors.add()
        report(error)
        pause = min(30_000, 200 << Int64(min(failures, 8)))
      }
      await environment.lake.sleeper.sleep(milliseconds: pause)
    }
  }

  /// Does all that is due now.
  package func round() async throws(TieringError) {
    try await openTable()
    try await recover()
    if topic.settings.settles {
      let now = environment.clock.wallMilliseconds()
      let interval = topic.settings.commitIntervalMilliseconds
      if lastCommit == .min || now - lastCommit >= interval || now < lastCommit {
        if try await settle() { lastCommit = now }
      }
      try await retainSettled()
    } else {
      try await retainLocal()
    }
  }

  private func report(_ error: TieringError) {
    // An outage is said once, then rarely: it lasts for minutes, and each topic sees it.
    guard failures == 1 || failures % 20 == 0 else { return }
    environment.log.error(
      "settling failed; it is tried again", ("topic", topic.identity.topic),
      ("failures", failures), ("error", error))
  }

  // MARK: The table

  /// Opens the table if there is one; without one nothing has settled.
  private func openTable() async throws(TieringError) {
    guard table == nil else { return }
    if topic.view.snapshot != nil { return }
    do throws(LakeError) {
      table = try await LakeTable.open(topic.identity, in: environment.lake, isHeld: isHeld)
    } catch { throw .lake(error) }
    if table != nil { try await alignLogs() }
    await publish()
  }

  /// Opens the table or makes it.
  private func madeTable() async throws(TieringError) -> LakeTable {
    if let table { return table }
    do throws(LakeError) {
      let made = try await LakeTable.openOrCreate(
        topic.identity, layout: topic.settings.layout, in: environment.lake, isHeld: isHeld)
      table = made
      return made
    } catch { throw .lake(error) }
  }

  /// A local log that ends below the settled offset has lost what was durable: it goes on there.
  private func alignLogs() async throws(TieringError) {
    guard let table else { return }
    let state = await table.state
    for partition in topic.partitions {
      guard let settled = state[partition.id], partition.log.endOffset < settled.settled else {
        continue
      }
      environment.log.error(
        "the local log ends below what has settled; it goes on at the settled offset",
        ("topic", topic.identity.topic), ("partition", partition.id),
        ("end", partition.log.endOffset), ("settled", settled.settled))
      let epochs = LeaderEpochCache(
        settled.leaderEpochs.map { .init(epoch: $0.epoch, startOffset: $0.start) })
      do throws(StorageError) {
        try partition.log.restart(at: settled.settled, epochs: epochs)
      } catch { throw .storage(error) }
    }
  }

  /// Shows fetches what the table holds now.
  func publish() async {
    guard let table else { return topic.view.publish(ColdView.Snapshot()) }
    topic.view.publish(await ColdView.Snapshot(of: table))
  }

  // MARK: After a crash

  /// Finds out what became of commits whose outcome is not known, and removes what they left.
  private func recover() async throws(TieringError) {
    guard !hasRecovered else { return }
    let intents: [SettleIntent]
    do throws(StorageError) { intents = try journal.intents(of: topic.topicID) } catch {
      throw .storage(error)
    }
    for intent in intents { try await recover(intent) }
    hasRecovered = true
    if !intents.isEmpty { await publish() }
  }

  private func recover(_ intent: SettleIntent) async throws(TieringError) {
    guard let commitID = CommitID(intent.commitID) else {
      throw .lake(.corrupt(file: intent.commitID, reason: "not a commit id"))
    }
    do throws(LakeError) {
      if let attempt = intent.attempt {
        guard let table else {
          throw LakeError.corrupt(file: topic.identity.topic, reason: "the table is gone")
        }
        switch try await table.reconcile(attempt) {
        case .committed: return try await dropped(intent)
        case .unknown:
          throw .store(
            ObjectStoreError(
              .unknownOutcome, key: intent.commitID, "a commit's outcome is still unknown"))
        case .dead: break
        }
      }
      try await removeUploads(intent)
      if let table {
        let left = try await table.removeOrphans(
          of: commitID, dataFileKeys: intent.dataFileKeys)
        guard left.isEmpty else {
          throw .store(ObjectStoreError(.unavailable, key: left[0], "an orphan cannot be removed"))
        }
      }
      try await dropped(intent)
    } catch { throw .lake(error) }
  }

  /// Aborts uploads in parts that a crash cut off.
  private func removeUploads(_ intent: SettleIntent) async throws(LakeError) {
    do throws(ObjectStoreError) {
      for key in intent.dataFileKeys {
        for upload in try await environment.store.listUploads(prefix: key) {
          try await environment.store.abortUpload(upload)
        }
      }
    } catch { throw .store(error) }
  }

  private func dropped(_ intent: SettleIntent) async throws(LakeError) {
    do throws(StorageError) { try journal.remove(intent) } catch { throw .storage(error) }
  }

  // MARK: Settling

  /// One partition's range that is ready.
  private struct Ready {
    let partition: TieredPartition
    let start: Offset
    let end: Offset
  }

  /// Settles every range that is ready, in one commit; false when there is none.
  private func settle() async throws(TieringError) -> Bool {
    let ready = try await plan()
    guard !ready.isEmpty else { return false }
    let table = try await madeTable()
    let spec: PartitionSpec
    let metadata = await table.metadata
    guard let found = metadata.partitionSpecs.first(where: { $0.specID == metadata.defaultSpecID })
    else { throw .lake(.corrupt(file: table.location, reason: "it has no default partition spec")) }
    spec = found
    let commitID = table.newCommitID()
    var upload = CommitUpload(
      environment, topic, table, spec: spec, commitID: commitID, journal: journal)
    do throws(TieringError) {
      try upload.begin()
      for range in ready { try await upload.add(range.partition, from: range.start, to: range.end) }
    } catch {
      // Nothing was committed. What cannot be removed now is found by the intent later.
      await upload.abort()
      hasRecovered = false
      throw error
    }
    return try await commit(upload, commitID, table)
  }

  private func commit(_ upload: CommitUpload, _ commitID: CommitID, _ table: LakeTable)
    async throws(TieringError) -> Bool
  {
    let request = CommitRequest(
      commitID: commitID, epoch: topic.epoch, adding: upload.files, settled: upload.settled)
    // Until the outcome is dealt with, the next round must ask about the intent first.
    hasRecovered = false
    do throws(LakeError) {
      let outcome = try await table.commit(request) { (attempt) async throws(LakeError) in
        try upload.note(attempt)
      }
      switch outcome {
      case .committed(let version, _):
        try await dropped(upload.intent)
        hasRecovered = true
        await committed(upload, version)
        return true
      case .abandoned(let reason):
        environment.log.warn(
          "a commit was abandoned", ("topic", topic.identity.topic), ("reason", "\(reason)"))
        try await table.refresh()
        await publish()
        return false
      case .fenced(let epoch):
        topic.fence()
        throw .fenced(table: table.location, epoch: epoch, ours: topic.epoch)
      case .unknown:
        throw .store(
          ObjectStoreError(.unknownOutcome, key: table.location, "the commit's outcome is unknown"))
      }
    } catch { throw .lake(error) }
  }

  private func committed(_ upload: CommitUpload, _ version: Int64) async {
    let now = environment.clock.wallMilliseconds()
    for partition in upload.settled.keys { lastSettled[partition] = now }
    await publish()
    let records = upload.files.reduce(0) { $0 + $1.recordCount }
    let bytes = upload.files.reduce(0) { $0 + $1.byteCount }
    metrics.committed(records: records, bytes: bytes, files: upload.files.count)
    environment.log.info(
      "settled", ("topic", topic.identity.topic), ("version", version),
      ("partitions", upload.settled.count), ("records", records), ("bytes", bytes),
      ("files", upload.files.count))
  }

  /// Finds what is ready and makes it durable locally: the table is never ahead of what a power cut
  /// leaves in the log.
  private func plan() async throws(TieringError) -> [Ready] {
    let now = environment.clock.wallMilliseconds()
    let state = topic.view.snapshot?.state ?? SettledState()
    var ready: [Ready] = []
    for partition in topic.partitions {
      let log = partition.log
      let settled = state[partition.id]?.settled ?? log.logStartOffset
      let plan = SettlePlan(
        log, settled: settled, settings: topic.settings, lastSettled: lastSettled[partition.id])
      guard let end = plan.end(now: now) else { continue }
      if log.syncedOffset < end { try await sync(log) }
      let durable = min(end, log.syncedOffset)
      if durable > settled {
        ready.append(Ready(partition: partition, start: settled, end: durable))
      }
    }
    return ready
  }

  private func sync(_ log: PartitionLog) async throws(TieringError) {
    try await blocking { () throws(StorageError) in _ = try log.sync() }
  }

  /// Runs a local disk call on the pool.
  func blocking(_ body: @escaping @Sendable () throws(StorageError) -> Void)
    async throws(TieringError)
  {
    let result = await environment.pool.run { () -> StorageError? in
      do throws(StorageError) {
        try body()
        return nil
      } catch { return error }
    }
    guard let result else { throw .lake(.invalid("the settle pool's queue is full")) }
    if let failure = result { throw .storage(failure) }
  }
}
