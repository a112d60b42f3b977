import CommitLog
import Lake
import ObjectStore
import Platform
import Records

/// Encodes and uploads the data files of one commit. Used by one task.
struct CommitUpload {
  private let environment: TieringEnvironment
  private let table: LakeTable
  private let topic: TieredTopic
  private let commitID: CommitID
  private let journal: IntentJournal
  private let spec: PartitionSpec
  private(set) var intent: SettleIntent
  private(set) var files: [DataFile] = []
  /// What is settled with the commit, as far as it is encoded.
  private(set) var settled: [PartitionID: SettledRange] = [:]
  private var open: [String: ObjectWriter] = [:]
  private var fileCount = 0

  init(
    _ environment: TieringEnvironment, _ topic: TieredTopic, _ table: LakeTable,
    spec: PartitionSpec, commitID: CommitID, journal: IntentJournal
  ) {
    self.environment = environment
    self.table = table
    self.topic = topic
    self.spec = spec
    self.commitID = commitID
    self.journal = journal
    intent = SettleIntent(
      commitID: commitID.description, topicID: topic.topicID.description, dataFileKeys: [])
  }

  /// Makes the intent durable before the first object exists.
  func begin() throws(TieringError) { try note() }

  /// Encodes a range into files and uploads them. A range may end up shorter than asked for.
  ///
  /// - Parameters:
  ///   - settled: Where the table stands; what lies between it and `start` settles without being
  ///     written, for consumers cannot ask for it any more.
  mutating func add(
    _ partition: TieredPartition, settled: Offset, from start: Offset, to end: Offset
  ) async throws(TieringError) {
    let settings = topic.settings
    let encoding = RangeEncoding(
      partition, from: start, to: end, spec: spec, layout: settings.layout,
      targetFileBytes: settings.targetFileBytes, maxOpenFiles: settings.maxOpenPartitions)
    while true {
      switch try await advance(encoding) {
      case .wantsFile:
        let key = table.newDataFileKey(partition.id, commitID, fileCount)
        fileCount += 1
        intent.dataFileKeys.append(key)
        try note()
        open[key] = ObjectWriter(key, in: environment.store, limits: limits)
        try encoding.begin(key: key, location: environment.store.location(of: key))
      case .bytes(let key, let bytes):
        try await write(bytes, to: key)
      case .finished(let key, let bytes, let values, let statistics):
        try await write(bytes, to: key)
        try await finish(key)
        files.append(
          DataFile(
            path: environment.store.location(of: key), partition: values, statistics: statistics))
      case .done(let reached):
        self.settled[partition.id] = SettledRange(
          from: settled, to: reached, leaderEpochs: epochs(partition.log, to: reached))
        return
      }
    }
  }

  /// Uploads a batch that cannot be decoded, which settles without rows.
  mutating func quarantine(
    _ batch: DamagedBatch, of partition: TieredPartition, settled: Offset, from start: Offset
  ) async throws(TieringError) {
    let key = table.quarantineKey(partition.id, commitID)
    intent.dataFileKeys.append(key)
    try note()
    do throws(ObjectStoreError) {
      try await environment.store.put(key, batch.bytes)
    } catch { throw .lake(.store(error)) }
    self.settled[partition.id] = SettledRange(
      from: settled, to: batch.end, leaderEpochs: epochs(partition.log, to: batch.end),
      quarantined: QuarantinedBatch(
        offsets: start..<batch.end, location: environment.store.location(of: key)))
  }

  /// Notes the conditional create that is about to be sent.
  func note(_ attempt: CommitAttempt) throws(LakeError) {
    var intent = intent
    intent.attempt = attempt
    do throws(StorageError) { try journal.write(intent) } catch { throw .storage(error) }
  }

  /// Many files are open at once in a table that is divided by time: each holds little then.
  private var limits: ObjectWriter.Limits {
    var limits = ObjectWriter.Limits()
    guard !spec.isByPartition else { return limits }
    limits.partByteCount = 5 << 20  // S3 takes none that is smaller.
    limits.multipartAbove = 5 << 20
    limits.concurrentParts = 1
    return limits
  }

  /// Drops uploads that were begun and not completed.
  mutating func abort() async {
    for key in open.keys.sorted() { try? await open[key]?.abort() }
    open = [:]
  }

  private func note() throws(TieringError) {
    do throws(StorageError) { try journal.write(intent) } catch { throw .storage(error) }
  }

  private func advance(_ encoding: RangeEncoding) async throws(TieringError)
    -> RangeEncoding.Step
  {
    let result = await environment.pool.run {
      () -> Result<RangeEncoding.Step, TieringError> in
      do throws(TieringError) { return .success(try encoding.advance()) } catch {
        return .failure(error)
      }
    }
    guard let result else { throw .lake(.invalid("the settle pool's queue is full")) }
    return try result.get()
  }

  private mutating func write(_ bytes: ByteBlock, to key: String) async throws(TieringError) {
    do throws(ObjectStoreError) { try await open[key]?.write([bytes]) } catch {
      throw .lake(.store(error))
    }
  }

  private mutating func finish(_ key: String) async throws(TieringError) {
    do throws(ObjectStoreError) { _ = try await open[key]?.finish() } catch {
      throw .lake(.store(error))
    }
    open[key] = nil
  }

  /// The leader epochs of the records below `end`, by where each begins.
  private func epochs(_ log: PartitionLog, to end: Offset) -> [SettledState.EpochStart] {
    log.leaderEpochs.entries.filter { $0.startOffset < end }.map {
      SettledState.EpochStart(epoch: $0.epoch, start: $0.startOffset)
    }
  }
}
