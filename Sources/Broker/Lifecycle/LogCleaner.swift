import Cluster
import CommitLog
import Platform
import Synchronization

/// Cleans the compacted logs, the dirtiest first: `log.cleaner.threads` threads of its own, each of
/// which looks for work every `log.cleaner.backoff.ms`.
final class LogCleaner: Sendable {
  private struct State {
    /// Logs that a thread is at.
    var busy: Set<TopicPartition> = []
    /// Logs that cannot be cleaned: a batch in them is damaged. They are left alone until the next
    /// start, and so is all that is in them.
    var uncleanable: [TopicPartition: PartitionLog] = [:]
  }

  private let logs: LogDirectory
  private let clock: any Clock
  private let random: any RandomSource
  private let log: Logger
  private let isEnabled: Bool
  private let backoffMilliseconds: Int64
  private let mapByteCount: Int
  private let mapLoadFactor: Double
  private let bufferByteCount: Int
  private let tickers: [Ticker]
  private let stopping = OneShotSignal()
  private let state = Mutex(State())
  private let rate: Mutex<ByteRate>

  init(_ logs: LogDirectory, _ config: ConfigSet, _ environment: BrokerEnvironment) {
    self.logs = logs
    clock = environment.clock
    random = environment.random
    log = environment.log.named("cleaner")
    isEnabled = config.bool("log.cleaner.enable")
    backoffMilliseconds = config.long("log.cleaner.backoff.ms")
    let threads = config.int("log.cleaner.threads")
    mapByteCount = Int(config.long("log.cleaner.dedupe.buffer.size")) / threads
    mapLoadFactor = min(0.99, max(0.01, config.double("log.cleaner.io.buffer.load.factor")))
    // One half reads, the other writes.
    bufferByteCount = config.int("log.cleaner.io.buffer.size") / threads / 2
    tickers = (0..<threads).map { _ in Ticker() }
    rate = Mutex(
      ByteRate(
        bytesPerSecond: max(1, config.double("log.cleaner.io.max.bytes.per.second")),
        now: environment.clock.monotonicNanoseconds()))
  }

  func start() {
    guard isEnabled else { return }
    for (number, ticker) in tickers.enumerated() {
      ticker.start(named: "cleaner-\(number)", everyMilliseconds: backoffMilliseconds) {
        [self] _ in
        while !stopping.isSignalled, let next = takeDirtiest(), clean(next) {}
      }
    }
  }

  /// Ends the cleanings under way at their next read or write; waits for them.
  func stop() {
    stopping.signal()
    for ticker in tickers { ticker.stop() }
  }

  /// The dirtiest log that is due and that no other thread is at.
  private func takeDirtiest() -> PartitionLog? {
    let now = clock.wallMilliseconds()
    return state.withLock { state in
      state.uncleanable = state.uncleanable.filter { logs.log(of: $0.key) === $0.value }
      var dirtiest: (log: PartitionLog, ratio: Double)?
      for log in logs.logs where !state.busy.contains(log.topicPartition) {
        guard state.uncleanable[log.topicPartition] !== log, let need = log.cleaningNeed(now: now),
          need.isDue, need.dirtyRatio > dirtiest?.ratio ?? -1
        else { continue }
        dirtiest = (log, need.dirtyRatio)
      }
      if let dirtiest { state.busy.insert(dirtiest.log.topicPartition) }
      return dirtiest?.log
    }
  }

  /// Says whether it went well; if not, the next try can wait.
  private func clean(_ dirty: PartitionLog) -> Bool {
    let name = dirty.topicPartition
    defer { state.withLock { _ = $0.busy.remove(name) } }
    let began = clock.monotonicNanoseconds()
    do throws(StorageError) {
      let report = try dirty.clean(resources, now: clock.wallMilliseconds())
      if let report { note(report, name, since: began) }
      return true
    } catch {
      // A topic that was deleted, segments that retention took, and a stop are no failures.
      if error.isStale || stopping.isSignalled || logs.log(of: name) !== dirty {
        return false
      }
      if error.cause == .noSpace {
        log.warn("a log cannot be cleaned for want of space", ("partition", name))
        return false
      }
      state.withLock { $0.uncleanable[name] = dirty }
      log.error(
        "a log cannot be cleaned; it is left as it is until the next start",
        ("partition", name), ("why", error))
      return false
    }
  }

  private var resources: CleanerResources {
    CleanerResources(
      mapByteCount: mapByteCount, mapLoadFactor: mapLoadFactor, bufferByteCount: bufferByteCount,
      random: random
    ) { [self] count in
      let now = clock.monotonicNanoseconds()
      let pause = rate.withLock { $0.pause(after: count, now: now) }
      return !(pause > 0 ? stopping.wait(atMostNanoseconds: pause) : stopping.isSignalled)
    }
  }

  private func note(_ report: CleaningReport, _ name: TopicPartition, since began: Int64) {
    log.info(
      "log cleaned", ("partition", name), ("from", report.start), ("to", report.end),
      ("keys", report.keys), ("bytes", "\(report.bytesBefore)->\(report.bytesAfter)"),
      ("records", "\(report.recordsBefore)->\(report.recordsAfter)"),
      ("segments", "\(report.segmentsBefore)->\(report.segmentsAfter)"),
      ("ms", (clock.monotonicNanoseconds() - began) / 1_000_000))
  }
}
