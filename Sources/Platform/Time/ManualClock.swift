import Synchronization

/// A clock that stands still until it is told to move: for tests and the simulation.
package final class ManualClock: Clock {
  private struct State {
    var wall: Int64
    var monotonic: Int64
  }

  private let state: Mutex<State>

  package init(wallMilliseconds: Int64 = 1_700_000_000_000) {
    state = Mutex(State(wall: wallMilliseconds, monotonic: 1_000_000_000))
  }

  package func wallMilliseconds() -> Int64 { state.withLock { $0.wall } }
  package func monotonicNanoseconds() -> Int64 { state.withLock { $0.monotonic } }

  /// Moves both clocks forward.
  package func advance(milliseconds: Int64) {
    state.withLock {
      $0.wall += milliseconds
      $0.monotonic += milliseconds * 1_000_000
    }
  }

  /// Moves the wall clock alone, as an operator or NTP does.
  package func setWall(milliseconds: Int64) { state.withLock { $0.wall = milliseconds } }
}
