import Glibc

/// Calls a closure again and again on a thread of its own, until it is stopped.
package final class Ticker: @unchecked Sendable {
  // @unchecked: `isStopping` and `thread` are touched under `mutex` only.
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let wakeUp: UnsafeMutablePointer<pthread_cond_t>
  private var isStopping = false
  private var thread: pthread_t?

  package init() {
    mutex = .allocate(capacity: 1)
    wakeUp = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(wakeUp, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(wakeUp)
    pthread_mutex_destroy(mutex)
    wakeUp.deallocate()
    mutex.deallocate()
  }

  /// Starts the thread. `body` gets the number of its call, from 0, and is called at once.
  package func start(
    named name: String, everyMilliseconds interval: Int64,
    _ body: @escaping @Sendable (Int64) -> Void
  ) {
    let started = startThread(named: name) { [self] in
      var count: Int64 = 0
      while true {
        body(count)
        count += 1
        if waitOrStop(interval) { return }
      }
    }
    pthread_mutex_lock(mutex)
    thread = started
    pthread_mutex_unlock(mutex)
  }

  /// Ends the thread after the call that is under way; waits for it.
  package func stop() {
    pthread_mutex_lock(mutex)
    isStopping = true
    pthread_cond_broadcast(wakeUp)
    let thread = self.thread
    self.thread = nil
    pthread_mutex_unlock(mutex)
    if let thread { pthread_join(thread, nil) }
  }

  /// Sleeps for the interval; true when the thread should end.
  private func waitOrStop(_ milliseconds: Int64) -> Bool {
    var deadline = timespec()
    clock_gettime(CLOCK_MONOTONIC, &deadline)
    let nanoseconds = Int64(deadline.tv_nsec) + (milliseconds % 1000) * 1_000_000
    deadline.tv_sec += Int(milliseconds / 1000 + nanoseconds / 1_000_000_000)
    deadline.tv_nsec = Int(nanoseconds % 1_000_000_000)
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while !isStopping {
      if pthread_cond_timedwait(wakeUp, mutex, &deadline) == ETIMEDOUT { return isStopping }
    }
    return true
  }
}
