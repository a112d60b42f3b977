import Cluster
import CommitLog
import Platform
import Synchronization

/// Cleans the compacted logs, the dirtiest first: `log.cleaner.threads` threads of its own, each of
/// which looks for work every `log.cleaner.backoff.ms`.
///
/// Other settings are put in force by a new crew of threads, as in Kafka: the cleanings under way
/// end and begin anew.
final class LogCleaner: Sendable {
  /// The threads that clean under the same settings.
  final class Crew: Sendable {
    let settings: CleanerSettings
    fileprivate let tickers: [Ticker]
    fileprivate let stopping = OneShotSignal()
    fileprivate let rate: Mutex<ByteRate>

    init(_ settings: CleanerSettings, now: Int64) {
      self.settings = settings
      tickers = (0..<settings.threads).map { _ in Ticker() }
      rate = Mutex(ByteRate(bytesPerSecond: settings.bytesPerSecond, now: now))
    }

    /// Ends the cleanings under way at their next read or write; waits for them.
    fileprivate func stop() {
      stopping.signal()
      for ticker in tickers { ticker.stop() }
    }
  }

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
  /// `log.cleaner.enable`, which takes effect at start only.
  private let isEnabled: Bool
  /// Nil before the start and after the end.
  private let crew = Mutex<Crew?>(nil)
  private let state = Mutex(State())

  init(_ logs: LogDirectory, isEnabled: Bool, _ environment: BrokerEnvironment) {
    self.logs = logs
    self.isEnabled = isEnabled
    clock = environment.clock
    random = environment.random
    log = environment.log.named("cleaner")
  }

  /// What is in force; nil while nothing is cleaned.
  var settings: CleanerSettings? { crew.withLock { $0?.settings } }

  func start(_ settings: CleanerSettings) {
    guard isEnabled else { return }
    crew.withLock { $0 = started(settings) }
  }

  /// Puts other settings in force, if it runs; blocks until the cleanings under way have ended.
  func configure(_ settings: CleanerSettings) {
    crew.withLock { crew in
      guard let old = crew, old.settings != settings else { return }
      old.stop()
      crew = started(settings)
    }
  }

  func stop() {
    crew.withLock { crew in
      crew?.stop()
      crew = nil
    }
  }

  private func started(_ settings: CleanerSettings) -> Crew {
    let crew = Crew(settings, now: clock.monotonicNanoseconds())
    for (number, ticker) in crew.tickers.enumerated() {
      ticker.start(
        named: "cleaner-\(number)", everyMilliseconds: settings.backoffMilliseconds
      ) { [self] _ in cleanDue(crew) }
    }
    return crew
  }

  /// Cleans until no log is due but those that cannot be cleaned now: a large one that does not get
  /// the memory or the space it wants must not keep smaller ones waiting.
  func cleanDue(_ crew: Crew) {
    var failed: Set<TopicPartition> = []
    while !crew.stopping.isSignalled, let next = takeDirtiest(except: failed) {
      if !clean(next, crew) { failed.insert(next.topicPartition) }
    }
  }

  /// The dirtiest log that is due and that no other thread is at.
  private func takeDirtiest(except failed: Set<TopicPartition>) -> PartitionLog? {
    let now = clock.wallMilliseconds()
    return state.withLock { state in
      state.uncleanable = state.uncleanable.filter { logs.log(of: $0.key) === $0.value }
      var dirtiest: (log: PartitionLog, ratio: Double)?
      for log in logs.logs {
        let name = log.topicPartition
        guard !state.busy.contains(name), !failed.contains(name), state.uncleanable[name] !== log,
          let need = log.cleaningNeed(now: now), need.isDue,
          need.dirtyRatio > dirtiest?.ratio ?? -1
        else { continue }
        dirtiest = (log, need.dirtyRatio)
      }
      if let dirtiest { state.busy.insert(dirtiest.log.topicPartition) }
      return dirtiest?.log
    }
  }

  /// Says whether it went well; if not, the next try can wait.
  private func clean(_ dirty: PartitionLog, _ crew: Crew) -> Bool {
    let name = dirty.topicPartition
    defer { state.withLock { _ = $0.busy.remove(name) } }
    let began = clock.monotonicNanoseconds()
    do throws(StorageError) {
      let report = try dirty.clean(resources(of: crew), now: clock.wallMilliseconds())
      if let report { note(report, name, since: began) }
      return true
    } catch {
      // A topic that was deleted, segments that retention took, and a stop are no failures.
      if error.isStale || crew.stopping.isSignalled || logs.log(of: name) !== dirty {
        return false
      }
      if error.cause == .noSpace {
        log.warn("a log cannot be cleaned for want of space", ("partition", name))
        return false
      }
      if error.isWantOfMemory {
        log.warn(
          "a log cannot be cleaned for want of memory for its keys; it is tried again",
          ("partition", name), ("log.cleaner.dedupe.buffer.size", crew.settings.mapByteCount))
        return false
      }
      state.withLock { $0.uncleanable[name] = dirty }
      log.error(
        "a log cannot be cleaned; it is left as it is until the next start",
        ("partition", name), ("why", error))
      return false
    }
  }

  private func resources(of crew: Crew) -> CleanerResources {
    CleanerResources(
      mapByteCount: crew.settings.mapByteCount, mapLoadFactor: crew.settings.mapLoadFactor,
      bufferByteCount: crew.settings.bufferByteCount, random: random
    ) { [clock] count in
      let now = clock.monotonicNanoseconds()
      let pause = crew.rate.withLock { $0.pause(after: count, now: now) }
      let isOver =
        pause > 0
        ? crew.stopping.wait(atMostNanoseconds: pause) : crew.stopping.isSignalled
      return !isOver
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
