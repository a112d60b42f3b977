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

  package func signal() {
    pthread_mutex_lock(mutex)
    isSet = true
    pthread_cond_broadcast(wakeUp)
    pthread_mutex_unlock(mutex)
  }

  /// Whether `signal` has been called.
  package var isSignalled: Bool {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return isSet
  }

  /// Blocks until `signal` has been called, at most for so long; says whether it has.
  package func wait(atMostNanoseconds nanoseconds: Int64) -> Bool {
    var deadline = timespec()
    clock_gettime(CLOCK_MONOTONIC, &deadline)
    let sum = Int64(deadline.tv_nsec) + nanoseconds % 1_000_000_000
    deadline.tv_sec += Int(nanoseconds / 1_000_000_000 + sum / 1_000_000_000)
    deadline.tv_nsec = Int(sum % 1_000_000_000)
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while !isSet {
      if pthread_cond_timedwait(wakeUp, mutex, &deadline) == ETIMEDOUT { return isSet }
    }
    return true
  }

  /// Blocks until `signal` has been called; at once afterwards.
  package func wait() {
    pthread_mutex_lock(mutex)
    while !isSet { pthread_cond_wait(wakeUp, mutex) }
    pthread_mutex_unlock(mutex)
  }
}
