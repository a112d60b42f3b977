import Glibc

/// Lets threads wait until something has happened once.
package final class OneShotSignal: @unchecked Sendable {
  // @unchecked: `isSet` is touched under `mutex` only.
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let wakeUp: UnsafeMutablePointer<pthread_cond_t>
  private var isSet = false

  package init() {
    mutex = .allocate(capacity: 1)
    wakeUp = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(wakeUp, nil)
  }

  deinit {
    pthread_cond_destroy(wakeUp)
    pthread_mutex_destroy(mutex)
    wakeUp.deallocate()
    mutex.deallocate()
  }

  package func signal() {
    pthread_mutex_lock(mutex)
    isSet = true
    pthread_cond_broadcast(wakeUp)
    pthread_mutex_unlock(mutex)
  }

  /// Blocks until `signal` has been called; at once afterwards.
  package func wait() {
    pthread_mutex_lock(mutex)
    while !isSet { pthread_cond_wait(wakeUp, mutex) }
    pthread_mutex_unlock(mutex)
  }
}
