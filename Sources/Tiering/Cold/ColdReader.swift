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

    package init() {}
  }

  private static let firstWindow = 1 << 20
  /// After a failure a partition is left alone for so long.
  private static let failurePauseNanoseconds: Int64 = 1_000_000_000

  private struct Place: Hashable {
    let topic: TopicID
    let partition: PartitionID
  }

  private struct Cached {
    let run: ColdRun
    var used: Int64
  }

  private struct State {
    var runs: [Place: [Cached]] = [:]
    var byteCount = 0
    var clock: Int64 = 0
    /// Callbacks of reads under way, by where they begin.
    var pending: [Place: [Offset: [@Sendable () -> Void]]] = [:]
    var pendingCount = 0
    var failures: [Place: (error: TieringError, at: Int64)] = [:]
  }

  let environment: TieringEnvironment
  private let limits: Limits
  private let executor: (any TaskExecutor)?
  let fetch: ColdFetch
  private let state = Mutex(State())
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
    fetch = ColdFetch(
      environment: environment, indexes: PageIndexCache(limit: limits.cachedIndexes),
      holds: holds)
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
      return isPassing(failure) ? .pending : .failed(failure)
    }
    let window = min(max(Self.firstWindow, maxBytes), max(Self.firstWindow, limits.readAheadBytes))
    start(topic, place, from: offset, window: window, whenReady)
    return .pending
  }

  /// Forgets what is cached of a deleted topic.
  package func forget(_ topic: TopicID) {
    state.withLock { state in
      for place in state.runs.keys.filter({ $0.topic == topic }) {
        state.byteCount -= (state.runs[place] ?? []).reduce(0) { $0 + $1.run.block.count }
        state.runs[place] = nil
      }
    }
  }

  // MARK: Reading

  private func readAhead(
    _ topic: TieredTopic, _ place: Place, after run: ColdRun, _ settled: Offset
  ) {
    guard limits.readAheadBytes > 0, run.offsets.upperBound < settled else { return }
    guard cached(place, run.offsets.upperBound) == nil, recentFailure(place) == nil else { return }
    let window = min(limits.readAheadBytes, run.window * 2)
    start(topic, place, from: run.offsets.upperBound, window: window, nil)
  }

  /// Starts a read unless one is under way from the same offset; then it only adds the callback.
  private func start(
    _ topic: TieredTopic, _ place: Place, from offset: Offset, window: Int,
    _ whenReady: (@Sendable () -> Void)?
  ) {
    let mustStart = state.withLock { state in
      if state.pending[place]?[offset] != nil {
        if let whenReady { state.pending[place]?[offset]?.append(whenReady) }
        return false
      }
      guard state.pendingCount < limits.maxPendingReads else { return false }
      state.pending[place, default: [:]][offset] = whenReady.map { [$0] } ?? []
      state.pendingCount += 1
      return true
    }
    guard mustStart else { return }
    reads.add()
    Task(executorPreference: executor) {
      let result = await self.load(topic, place, offset, window)
      self.finish(place, offset, result)
    }
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

  private func finish(_ place: Place, _ offset: Offset, _ result: Result<ColdRun, TieringError>) {
    let callbacks = state.withLock { state in
      switch result {
      case .success(let run):
        state.failures[place] = nil
        add(run, at: place, &state)
      case .failure(let error):
        state.failures[place] = (error, environment.clock.monotonicNanoseconds())
      }
      state.pendingCount -= 1
      return state.pending[place]?.removeValue(forKey: offset) ?? []
    }
    if case .failure(let error) = result {
      failures.add()
      environment.log.warn(
        "a cold read failed", ("topic", place.topic), ("partition", place.partition),
        ("offset", offset), ("error", error))
      // Those who wait for an outage to pass are not woken: their fetch ends by its own time.
      if isPassing(error) { return }
    }
    for callback in callbacks { callback() }
  }

  // MARK: The cache

  private func cached(_ place: Place, _ offset: Offset) -> ColdRun? {
    state.withLock { state in
      guard let index = state.runs[place]?.firstIndex(where: { $0.run.offsets.contains(offset) })
      else { return nil }
      state.clock += 1
      state.runs[place]?[index].used = state.clock
      return state.runs[place]?[index].run
    }
  }

  private func add(_ run: ColdRun, at place: Place, _ state: inout State) {
    state.clock += 1
    state.runs[place, default: []].append(Cached(run: run, used: state.clock))
    state.byteCount += run.block.count
    while state.byteCount > limits.cacheBytes {
      let oldest = state.runs.compactMap { place, runs in
        runs.enumerated().min { $0.element.used < $1.element.used }.map {
          (place: place, index: $0.offset, used: $0.element.used)
        }
      }.min { $0.used < $1.used }
      // The run that was just added stays, however large: somebody waits for it.
      guard let oldest, oldest.used != state.clock else { return }
      let gone = state.runs[oldest.place]?.remove(at: oldest.index)
      state.byteCount -= gone?.run.block.count ?? 0
      if state.runs[oldest.place]?.isEmpty == true { state.runs[oldest.place] = nil }
    }
  }

  private func recentFailure(_ place: Place) -> TieringError? {
    state.withLock { state in
      guard let failure = state.failures[place] else { return nil }
      let age = environment.clock.monotonicNanoseconds() - failure.at
      return age < Self.failurePauseNanoseconds ? failure.error : nil
    }
  }

  /// Whether the store may answer later.
  private func isPassing(_ error: TieringError) -> Bool {
    guard case .lake(.store(let failure)) = error else { return false }
    return failure.disposition != .giveUp || failure.kind == .cancelled
  }
}
