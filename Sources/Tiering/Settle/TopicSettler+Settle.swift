import CommitLog
import Lake
import ObjectStore
import Platform
import Records

extension TopicSettler {
  /// About how many bytes of the log one commit takes: a long backlog settles step by step, so that
  /// a failure does not send it back to its start.
  static let commitByteLimit: Int64 = 4 << 30

  /// A partition that could not be read is left out for so long.
  private static let stuckPauseNanoseconds: Int64 = 60_000_000_000

  /// One partition's range that is ready.
  private struct Ready {
    let partition: TieredPartition
    /// Where the table stands.
    let settled: Offset
    /// The first record that consumers can still ask for; what lies before it is settled unread.
    let start: Offset
    let end: Offset
  }

  /// Settles every range that is ready, in one commit; false when there is none.
  func settle() async throws(TieringError) -> Bool {
    let ready = try await plan()
    guard !ready.isEmpty else { return false }
    let table = try await madeTable()
    let commitID = table.newCommitID()
    var upload = CommitUpload(
      environment, topic, table, spec: try await defaultSpec(of: table), commitID: commitID,
      journal: journal)
    do throws(TieringError) {
      try upload.begin()
      for range in ready {
        try await upload.add(
          range.partition, settled: range.settled, from: range.start, to: range.end)
      }
    } catch {
      // Nothing was committed. What cannot be removed now is found by the intent later.
      await upload.abort()
      hasRecovered = false
      if case .undecodable(let partition, let offset, _) = error,
        let range = ready.first(where: { $0.partition.id == partition && $0.start >= offset }),
        try await quarantine(
          range.partition, settled: range.settled, from: range.start, below: range.end,
          because: error)
      {
        isBehind = true
        return true
      }
      if let partition = error.partition {
        // The topic's other partitions go on without it.
        stuck[partition] =
          environment.clock.monotonicNanoseconds() + Self.stuckPauseNanoseconds
        metrics.stuckPartitions.add()
      }
      throw error
    }
    return try await commit(upload, commitID, table)
  }

  func defaultSpec(of table: LakeTable) async throws(TieringError) -> PartitionSpec {
    let metadata = await table.metadata
    guard let spec = metadata.partitionSpecs.first(where: { $0.specID == metadata.defaultSpecID })
    else { throw .lake(.corrupt(file: table.location, reason: "it has no default partition spec")) }
    return spec
  }

  func commit(_ upload: CommitUpload, _ commitID: CommitID, _ table: LakeTable)
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
    for partition in upload.settled.keys {
      lastSettled[partition] = now
      stuck[partition] = nil
    }
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
    var bytesLeft = Self.commitByteLimit
    isBehind = false
    for partition in inTurn() {
      guard bytesLeft > 0 else {
        isBehind = true
        break
      }
      let log = partition.log
      let settled = state[partition.id]?.settled ?? log.logStartOffset
      let seen = log.endOffset
      var plan = SettlePlan(
        log, settled: settled, settings: topic.settings, lastSettled: lastSettled[partition.id])
      plan.byteLimit = bytesLeft
      guard let outcome = plan.outcome(now: now) else { continue }
      bytesLeft -= outcome.byteCount
      if outcome.isCut { isBehind = true }
      // The markers that made the range stable have to last as long as what they decided.
      if log.syncedOffset < max(seen, outcome.end) { try await sync(log) }
      let durable = min(outcome.end, log.syncedOffset)
      guard durable > settled else { continue }
      // The log start can lie above: records were deleted while the topic did not settle.
      let start = min(max(settled, log.logStartOffset), durable)
      ready.append(Ready(partition: partition, settled: settled, start: start, end: durable))
    }
    return ready
  }

  /// The partitions in the order in which they settle. What was stuck is tried first: should it be
  /// so still, little is done in vain. Of the others, whoever has waited longest.
  private func inTurn() -> [TieredPartition] {
    let now = environment.clock.monotonicNanoseconds()
    let due = topic.partitions.filter { stuck[$0.id] ?? .min <= now }
    return due.sorted {
      let left = (stuck[$0.id] == nil ? 1 : 0, lastSettled[$0.id] ?? .min, $0.id.rawValue)
      let right = (stuck[$1.id] == nil ? 1 : 0, lastSettled[$1.id] ?? .min, $1.id.rawValue)
      return left < right
    }
  }
}
