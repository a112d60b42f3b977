import CLinux
import Glibc
import Platform

/// SIGTERM, SIGINT and SIGHUP as events of a loop.
///
/// @unchecked Sendable: the handler is set once, before the loop knows the source.
package final class SignalSource: ReadySource, @unchecked Sendable {
  private let descriptor: Int32
  private var handler: (@Sendable (Int32) -> Void)?

  /// Blocks the signals for the calling thread and the threads it starts: to be called by the main
  /// thread before there are others.
  package override init() {
    descriptor = varve_signalfd()
    precondition(descriptor >= 0, "signalfd failed: \(errnoText(errno))")
  }

  deinit { close(descriptor) }

  /// Calls `handler` with the signal's number on the loop's thread, for as long as the loop runs.
  package func start(on loop: EventLoop, _ handler: @escaping @Sendable (Int32) -> Void) {
    self.handler = handler
    loop.post { [self] in
      loop.retain(self)
      let isWatched = loop.register(descriptor, self, VARVE_EPOLLIN)
      precondition(isWatched, "epoll_ctl failed: \(errnoText(errno))")
    }
  }

  override func ready(_ events: UInt32) {
    while true {
      let signal = varve_read_signal(descriptor)
      guard signal > 0 else { return }
      handler?(signal)
    }
  }
}
