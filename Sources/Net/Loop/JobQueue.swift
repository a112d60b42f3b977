import CLinux
import Glibc
import Synchronization

/// Closures from any thread for one loop, with one eventfd write per burst and none while the loop
/// is awake.
///
/// It has no limit of its own: what is posted answers something that was bounded before (a pool's
/// queue, open connections).
final class JobQueue: Sendable {
  typealias Job = @Sendable () -> Void

  private struct State {
    var jobs: ContiguousArray<Job> = []
    var loopSleeps = false
    var isClosed = false
  }

  /// The eventfd to watch.
  let descriptor: Int32
  private let state = Mutex(State())

  init() {
    descriptor = varve_eventfd()
    precondition(descriptor >= 0, "eventfd failed with errno \(errno)")
  }

  deinit { close(descriptor) }

  /// Queues a job; false when the loop has ended.
  func post(_ job: @escaping Job) -> Bool {
    let (isTaken, mustWake) = state.withLock { state in
      guard !state.isClosed else { return (false, false) }
      state.jobs.append(job)
      let mustWake = state.loopSleeps
      state.loopSleeps = false
      return (true, mustWake)
    }
    if mustWake {
      var one: UInt64 = 1
      _ = write(descriptor, &one, 8)
    }
    return isTaken
  }

  /// Says that the loop is about to sleep; false when jobs wait already.
  func prepareToSleep() -> Bool {
    state.withLock { state in
      guard state.jobs.isEmpty else { return false }
      state.loopSleeps = true
      return true
    }
  }

  /// Says that the loop is awake, and exchanges the waiting jobs for the empty array `jobs`.
  func take(into jobs: inout ContiguousArray<Job>) {
    state.withLock { state in
      state.loopSleeps = false
      swap(&state.jobs, &jobs)
    }
  }

  /// Takes no more jobs.
  func finish() { state.withLock { $0.isClosed = true } }

  /// Forgets the wake-up that was written.
  func clearWakeUp() {
    var value: UInt64 = 0
    _ = read(descriptor, &value, 8)
  }
}
