import Synchronization

/// Lets a task wait. Everything that backs off or polls gets one of these from outside, so that
/// tests and the simulation wait in their own time.
package protocol Sleeper: Sendable {
  /// Returns after `milliseconds`, or at once when the task is cancelled: look at
  /// `Task.isCancelled` where that matters.
  func sleep(milliseconds: Int64) async
}

/// Waits in real time.
package struct SystemSleeper: Sleeper {
  package init() {}
  package func sleep(milliseconds: Int64) async {
    try? await Task.sleep(nanoseconds: UInt64(max(0, milliseconds)) * 1_000_000)
  }
}

/// Does not wait: moves a manual clock forward instead, and remembers how long it was asked for.
package final class ManualSleeper: Sleeper {
  private let clock: ManualClock?
  private let asked = Mutex<[Int64]>([])

  package init(clock: ManualClock? = nil) { self.clock = clock }

  /// Every wait asked for so far, in order, in milliseconds.
  package var sleptMilliseconds: [Int64] { asked.withLock { $0 } }

  package func sleep(milliseconds: Int64) async {
    asked.withLock { $0.append(milliseconds) }
    clock?.advance(milliseconds: max(0, milliseconds))
    await Task.yield()
  }
}
