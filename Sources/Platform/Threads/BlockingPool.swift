import CLinux
import Glibc
import Synchronization

/// A few threads for calls that block: fdatasync, cold local reads, segment rolls.
///
/// The queue is bounded: `submit` answers false when it is full, and the caller decides what that
/// means for its peer. Jobs run in the order they came, on whichever thread is free.
package final class BlockingPool: @unchecked Sendable {
  // @unchecked: everything that changes is touched under `mutex` only.
  package typealias Job = @Sendable () -> Void

  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let wakeUp: UnsafeMutablePointer<pthread_cond_t>
  private var jobs: [Job] = []
  private var head = 0
  private var isStopping = false
  private var threads: [pthread_t] = []
  /// How many threads there shall be; those above it end when their job does.
  private var wanted: Int
  private var started = 0
  private let name: String
  private let limit: Int

  package init(name: String, threads count: Int, queueLimit: Int) {
    mutex = .allocate(capacity: 1)
    wakeUp = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(wakeUp, nil)
    self.name = name
    limit = queueLimit
    wanted = count
    pthread_mutex_lock(mutex)
    startMissing()
    pthread_mutex_unlock(mutex)
  }

  /// Sets the number of threads, at least one; jobs that run go on.
  package func resize(threads count: Int) {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    guard !isStopping else { return }
    wanted = max(1, count)
    startMissing()
    pthread_cond_broadcast(wakeUp)
  }

  /// How many threads take jobs now.
  package var threadCount: Int {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return threads.count
  }

  /// Under the mutex.
  private func startMissing() {
    while threads.count < wanted {
      threads.append(startThread(named: "\(name)-\(started)") { self.work() })
      started += 1
    }
  }

  /// Takes the calling thread out when there are too many; under the mutex.
  private func retires() -> Bool {
    guard !isStopping, threads.count > wanted else { return false }
    let own = pthread_self()
    threads.removeAll { pthread_equal($0, own) != 0 }
    pthread_detach(own)
    return true
  }

  /// Queues a job; false when `queueLimit` jobs wait already or the pool is stopping.
  package func submit(_ job: @escaping Job) -> Bool {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    guard !isStopping, jobs.count - head < limit else { return false }
    jobs.append(job)
    pthread_cond_signal(wakeUp)
    return true
  }

  /// Lets the queued jobs finish and ends the threads. Call once, not from a job.
  package func stop() {
    pthread_mutex_lock(mutex)
    isStopping = true
    pthread_cond_broadcast(wakeUp)
    let last = threads
    threads = []
    pthread_mutex_unlock(mutex)
    for thread in last { pthread_join(thread, nil) }
  }

  private func work() {
    while true {
      pthread_mutex_lock(mutex)
      var isDone = retires()
      while !isDone && head == jobs.count && !isStopping {
        pthread_cond_wait(wakeUp, mutex)
        isDone = retires()
      }
      guard !isDone, head < jobs.count else {
        // A wake-up that this thread may have had is for another.
        pthread_cond_signal(wakeUp)
        pthread_mutex_unlock(mutex)
        return
      }
      let job = jobs[head]
      head += 1
      if head == jobs.count {
        jobs.removeAll(keepingCapacity: true)
        head = 0
      } else if head >= 1024 {
        jobs.removeFirst(head)
        head = 0
      }
      pthread_mutex_unlock(mutex)
      job()
    }
  }
}

/// Starts a joinable thread.
package func startThread(named name: String, _ body: @escaping @Sendable () -> Void) -> pthread_t {
  final class Box {
    let name: String
    let body: @Sendable () -> Void
    init(_ name: String, _ body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }
  var thread = pthread_t()
  let box = Unmanaged.passRetained(Box(name, body)).toOpaque()
  let status = pthread_create(
    &thread, nil,
    { raw in
      let box = Unmanaged<Box>.fromOpaque(raw!).takeRetainedValue()
      varve_name_thread(box.name)
      box.body()
      return nil
    }, box)
  precondition(status == 0, "cannot start thread \(name): \(errnoText(status))")
  return thread
}
