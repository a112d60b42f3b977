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
  /// Partitions that cannot settle, by when they are tried again (monotonic nanoseconds).
  var stuck: [PartitionID: Int64] = [:]
  /// Whether no intent is left whose outcome would have to be asked for.
  var hasRecovered = false
  /// Whether more was ready than one commit takes: then the next does not wait.
  var isBehind = false
  private var lastCommit = Int64.min
  private var failures = 0

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

  /// Works until the task is cancelled or the topic removed; of a removed topic it clears away what
  /// is to go with it.
  package func run() async {
    while !Task.isCancelled, !topic.isRemoved, !topic.isFenced {
      var pause: Int64
      do throws(TieringError) {
        try await round()
        failures = 0
        pause = pauseAfterRound
      } catch {
        // A topic's logs go away below the feet of its settling.
        if Task.isCancelled || topic.isRemoved { break }
        failures += 1
        metrics.errors.add()
        report(error)
        pause = min(30_000, 200 << Int64(min(failures, 8)))
      }
      await environment.lake.sleeper.sleep(milliseconds: pause)
    }
    if topic.isRemoved { await leave() }
  }

  /// Short, although each of a thousand idle topics so takes 0.1 ms of CPU a second: a broker that
  /// stops before the next round forgets that a removed topic's table is to be dropped.
  private var pauseAfterRound: Int64 {
    if isBehind { return 10 }
    return min(1000, max(10, topic.settings.commitIntervalMilliseconds / 2))
  }

  /// Does all that is due now.
  package func round() async throws(TieringError) {
    isBehind = false
    try await deleteUnreachable()
    try await openTable()
    try await recover()
    if topic.settings.settles {
      let now = environment.clock.wallMilliseconds()
      let interval = topic.settings.commitIntervalMilliseconds
      if lastCommit == .min || now - lastCommit >= interval || now < lastCommit {
        if try await settle() { lastCommit = isBehind ? .min : now } else { isBehind = false }
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
  func madeTable() async throws(TieringError) -> LakeTable {
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
    topic.view.publish(await table.coldSnapshot())
  }

  // MARK: The disk

  func sync(_ log: PartitionLog) async throws(TieringError) {
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
