import Glibc

/// A thread that somebody waits for.
package final class JoinableThread: @unchecked Sendable {
  // @unchecked: `thread` is set once and only read afterwards.
  private let thread: pthread_t

  package init(named name: String, _ body: @escaping @Sendable () -> Void) {
    thread = startThread(named: name, body)
  }

  /// Waits for the thread to end. Call once, from another thread.
  package func join() { pthread_join(thread, nil) }
}
