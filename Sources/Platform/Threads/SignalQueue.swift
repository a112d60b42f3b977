import CLinux
import Glibc

/// The process's stop signals (SIGTERM, SIGINT, SIGHUP), to be waited for instead of handled.
///
/// Make it before any thread starts: threads inherit the blocked signals.
package struct SignalQueue: Sendable {
  private let descriptor: Int32

  package init() {
    descriptor = varve_signalfd()
    precondition(descriptor >= 0, "signalfd failed: \(errnoText(errno))")
  }

  /// Waits for the next signal and gives its number.
  package func wait() -> Int32 {
    while true {
      var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      _ = poll(&entry, 1, -1)
      let signal = varve_read_signal(descriptor)
      if signal != 0 { return signal }
    }
  }
}
