import Lake
import ObjectStore
import Platform
import Records
import Synchronization

/// Answers fetches below the local log: from decoded runs in memory, or by starting to read and
/// calling back. Never blocks its caller; reads ahead while a consumer moves forward.
package final class ColdReader: Sendable {
  /// What a read found.
  package enum Outcome: Sendable {
    /// Whole batches; the first begins at or before the wanted offset.
    case batches(ByteBlock)
    /// Not at hand: the callback comes when asking again is worth it.
    case pending
    /// It cannot be read, and asking again soon will not help.
    case failed(TieringError)
  }

  package struct Limits: Sendable {
    /// `lake.cache.bytes`.
    package var cacheBytes = 64 << 20
    /// `lake.read.ahead.bytes`: the largest window; 0 turns reading ahead off.
    package var readAheadBytes = 16 << 20
    /// `remote.log.reader.max.pending.tasks`.
    package var maxPendingReads = 100
    /// Page indexes kept in memory.
    package var cachedIndexes = 256
    /// `lake.index.cache.files`: page indexes kept on disk.
    package var indexFiles = 10_000

    package init() {}
  }

  private static let firstWindow = 1 << 20
  /// After a failure a partition is left alone for so long.
  private static let failurePauseMilliseconds: Int64 = 1_000
  private static let reportPauseNanoseconds: Int64 = 10_000_000_000
  /// Callbacks kept in each queue; beyond it the oldest are dropped, whose fetches end by their own
  /// time.
  private static let queueLimit = 10_000

  struct Place: Hashable {
    let topic: TopicID
    let partition: PartitionID
  }

  typealias Callback = @Sendable () -> Void

  private struct State {
    var cache: ColdRunCache<Place>
    /// Callbacks of reads under way, by where they begin.
    var pending: [Place: [Offset: [Callback]]] = [:]
    var pendingCount = 0
    /// Those who wait for a place among the reads; the oldest first.
    var queued: [Callback] = []
    /// Those who wait for a failure to pass; there is a task that wakes them.
    var paused: [Place: [Callback]] = [:]
    var failures: [Place: (error: TieringError, at: Int64)] = [:]
    /// When a failure was last reported, and how many were not since.
    var lastReport: Int64?
    var unreported = 0
  }

  let environment: TieringEnvironment
  private let limits: Limits
  private let executor: (any TaskExecutor)?
  let fetch: ColdFetch
  private let state: Mutex<State>
  /// Bytes of batches that were answered from the lake (RemoteFetchBytesPerSec).
  package let bytesOut = Counter()
  package let reads = Counter()
  package let failures = Counter()

  package init(
    _ environment: TieringEnvironment, holds: FileHolds, limits: Limits = Limits(),
    executor: (any TaskExecutor)? = nil
  ) {
    self.environment = environment
    self.limits = limits
    self.executor = executor
    state = Mutex(State(cache: ColdRunCache(byteLimit: limits.cacheBytes)))
    let files = PageIndexFiles(
      environment.fileSystem, directory: environment.indexDirectory, limit: limits.indexFiles)
    let indexes = PageIndexCache(
      limit: limits.cachedIndexes, files: files, pool: environment.pool)
    fetch = ColdFetch(environment: environment, indexes: indexes, holds: holds)
  }

  /// Batches from `offset` on, at least one whole one.
  package func read(
    _ topic: TieredTopic, _ partition: PartitionID, from offset: Offset, maxBytes: Int,
    whenReady: @escaping @Sendable () -> Void
  ) -> Outcome {
    guard let snapshot = topic.view.snapshot else {
      topic.view.whenKnown(whenReady)
      return .pending
    }
    guard let settled = snapshot.state[partition]?.settled, offset < settled else {
      return .failed(.missing(partition: partition, offset: offset))
    }
    let place = Place(topic: topic.topicID, partition: partition)
    if let run = cached(place, offset) {
      let block = run.batches(from: offset, maxBytes: maxBytes)
      bytesOut.add(Int64(block.count))
      readAhead(topic, place, after: run, settled)
      return .batches(block)
    }
    if let failure = recentFailure(place) {
      // An outage is waited for; what is damaged or archived is said.
      guard isPassing(failure) else { return .failed(failure) }
      pause(place, [whenReady])
      return .pending
    }
    let window = min(max(Self.firstWindow, maxBytes), max(Self.firstWindow, limits.readAheadBytes))
    start(topic, place, from: offset, window: window, whenReady)
    return .pending
  }

  /// Forgets what is known of a deleted topic.
  package func forget(_ topic: TopicID) {
    let callbacks = state.withLock { state in
      state.cache.removeAll { $0.topic == topic }
      state.failures = state.failures.filter { $0.key.topic != topic }
      let gone = state.paused.filter { $0.key.topic == topic }
      for place in gone.keys { state.paused[place] = nil }
      return gone.values.joined()
    }
    for callback in callbacks { callback() }
  }

  // MARK: Reading

  private func readAhead(
    _ topic: TieredTopic, _ place: Place, after run: ColdRun, _ settled: Offset
  ) {
    guard limits.readAheadBytes > 0, run.offsets.upperBound < settled else { return }
    guard cached(place, run.offsets.upperBound) == nil, recentFailure(place) == nil else { return }
    let window = state.withLock { $0.cache.window(after: run, atMost: limits.readAheadBytes) }
    start(topic, place, from: run.offsets.upperBound, window: window, nil)
  }

  /// Starts a read unless one is under way from the same offset; then it only adds the callback.
  private func start(
    _ topic: TieredTopic, _ place: Place, from offset: Offset, window: Int,
    _ whenReady: Callback?
  ) {
    let mustStart = state.withLock { state in
      if state.pending[place]?[offset] != nil {
        if let whenReady { state.pending[place]?[offset]?.append(whenReady) }
        return false
      }
      guard state.pendingCount < limits.maxPendingReads else {
        if let whenReady { Self.append(whenReady, to: &state.queued) }
        return false
      }
      state.pending[place, default: [:]][offset] = whenReady.map { [$0] } ?? []
      state.pendingCount += 1
      return true
    }
    guard mustStart else { return }
    reads.add()
    Task(executorPreference: executor) {
      let result = await self.load(topic, place, offset, window)
      self.finish(topic, place, offset, result)
    }
  }

  private static func append(_ callback: @escaping Callback, to queue: inout [Callback]) {
    if queue.count >= queueLimit { queue.removeFirst(queueLimit / 2) }
    queue.append(callback)
  }

  private func load(
    _ topic: TieredTopic, _ place: Place, _ offset: Offset, _ window: Int
  ) async -> Result<ColdRun, TieringError> {
    guard var snapshot = topic.view.snapshot else {
      return .failure(.missing(partition: place.partition, offset: offset))
    }
    for attempt in 0..<2 {
      do throws(TieringError) {
        return .success(
          try await fetch.run(snapshot, place.partition, from: offset, window: window))
      } catch {
        // A file that maintenance replaced: look at the table once more.
        guard attempt == 0, case .lake(.store(let failure)) = error, failure.kind == .notFound,
          let fresh = await reloaded(topic)
        else { return .failure(error) }
        snapshot = fresh
      }
    }
    return .failure(.missing(partition: place.partition, offset: offset))
  }

  /// The table's state as it is now; nil when it cannot be had.
  func reloaded(_ topic: TieredTopic) async -> ColdView.Snapshot? {
    guard let table = topic.view.snapshot?.table else { return nil }
    do throws(LakeError) { try await table.refresh() } catch { return nil }
    let snapshot = await table.coldSnapshot()
    topic.view.publish(snapshot)
    return snapshot
  }

  private func finish(
    _ topic: TieredTopic, _ place: Place, _ offset: Offset,
    _ result: Result<ColdRun, TieringError>
  ) {
    let now = environment.clock.monotonicNanoseconds()
    var (callbacks, queued) = state.withLock { state in
      let callbacks = state.pending[place]?.removeValue(forKey: offset) ?? []
      if state.pending[place]?.isEmpty == true { state.pending[place] = nil }
      state.pendingCount -= 1
      if topic.isRemoved {
        state.failures[place] = nil
      } else {
        switch result {
        case .success(let run):
          state.failures[place] = nil
          state.cache.add(run, at: place, isAwaited: !callbacks.isEmpty, now: now)
        case .failure(let error): state.failures[place] = (error, now)
        }
      }
      // Some that are woken have gone away meanwhile, so more are woken than there is room for.
      let count = state.pendingCount == 0 ? state.queued.count : min(16, state.queued.count)
      defer { state.queued.removeFirst(count) }
      return (callbacks, Array(state.queued.prefix(count)))
    }
    if case .failure(let error) = result {
      failures.add()
      report("a cold read failed", error, topic, place.partition, offset, now: now)
      // Those who wait for an outage to pass are woken when asking again is worth it.
      if isPassing(error), !topic.isRemoved {
        pause(place, callbacks)
        callbacks = []
      }
    }
    for callback in callbacks + queued { callback() }
  }

  /// Says that reads fail: once in a while, since in an outage every consumer's do.
  func report(
    _ what: String, _ error: TieringError, _ topic: TieredTopic, _ partition: PartitionID,
    _ offset: Offset, now: Int64
  ) {
    // The broker stops, or the topic is gone.
    if case .lake(.store(let failure)) = error, failure.kind == .cancelled { return }
    guard !topic.isRemoved else { return }
    let unsaid = state.withLock { state -> Int? in
      if let last = state.lastReport, now - last < Self.reportPauseNanoseconds {
        state.unreported += 1
        return nil
      }
      state.lastReport = now
      defer { state.unreported = 0 }
      return state.unreported
    }
    guard let unsaid else { return }
    environment.log.warn(
      what, ("topic", topic.identity.topic), ("partition", partition),
      ("offset", offset), ("unsaid", unsaid), ("error", error))
  }

  /// Keeps callbacks until a failure's pause is over.
  private func pause(_ place: Place, _ callbacks: [Callback]) {
    guard !callbacks.isEmpty else { return }
    let mustWatch = state.withLock { state in
      let isFirst = state.paused[place] == nil
      for callback in callbacks { Self.append(callback, to: &state.paused[place, default: []]) }
      return isFirst
    }
    guard mustWatch else { return }
    Task(executorPreference: executor) {
      await self.environment.lake.sleeper.sleep(milliseconds: Self.failurePauseMilliseconds)
      let callbacks = self.state.withLock { $0.paused.removeValue(forKey: place) } ?? []
      for callback in callbacks { callback() }
    }
  }

  /// Bytes of decoded runs in memory.
  package var cachedByteCount: Int { state.withLock { $0.cache.byteCount } }

  private func cached(_ place: Place, _ offset: Offset) -> ColdRun? {
    state.withLock { $0.cache.run(at: place, holding: offset) }
  }

  private func recentFailure(_ place: Place) -> TieringError? {
    state.withLock { state in
      guard let failure = state.failures[place] else { return nil }
      let age = environment.clock.monotonicNanoseconds() - failure.at
      if age < Self.failurePauseMilliseconds * 1_000_000 { return failure.error }
      state.failures[place] = nil
      return nil
    }
  }

  /// Whether the store may answer later.
  private func isPassing(_ error: TieringError) -> Bool {
    guard case .lake(.store(let failure)) = error else { return false }
    return failure.disposition != .giveUp || failure.kind == .cancelled
  }
}
