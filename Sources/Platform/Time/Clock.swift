import CLinux

/// Tells the time. Everything that needs it gets one of these from outside, so that tests and the
/// simulation can run in their own time.
package protocol Clock: Sendable {
  /// Milliseconds since 1970-01-01T00:00:00Z; may jump both ways.
  func wallMilliseconds() -> Int64
  /// Nanoseconds since some fixed moment; never goes back, and goes on through suspend.
  func monotonicNanoseconds() -> Int64
}

/// The machine's own clocks (CLOCK_REALTIME and CLOCK_BOOTTIME).
package struct SystemClock: Clock {
  package init() {}
  package func wallMilliseconds() -> Int64 { varve_wall_milliseconds() }
  package func monotonicNanoseconds() -> Int64 { varve_boottime() }
}
