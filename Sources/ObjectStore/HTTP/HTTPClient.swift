import CCurl
import Platform
import Synchronization

/// Sends HTTP requests: libcurl's multi interface on one thread of its own.
///
/// Connections are kept and reused. At most `connections` requests are under way; at most
/// `waitingLimit` more wait for their turn, in order. Continuations are resumed from the thread.
package final class HTTPClient: Sendable {
  package struct Limits: Sendable {
    package var connections = 32
    package var waitingLimit = 1_024
    /// Gives up when fewer bytes a second than this flow for `lowSpeedSeconds`.
    package var lowSpeedBytes: Int64 = 1_024
    package var lowSpeedSeconds: Int64 = 20
    /// A connection is not used again after so long without a request: servers and the machines
    /// between forget it, some of them without a word. 118 is libcurl's own choice.
    package var idleConnectionSeconds: Int64 = 118
    /// A file of CA certificates; nil for the system's.
    package var certificateAuthorityFile: String?
    package init() {}
  }

  typealias Answer = Result<HTTPResponse, HTTPFailure>

  /// A request with those who wait for it.
  final class Job: Sendable {
    let request: HTTPRequest
    let isCancelled = Atomic<Bool>(false)
    private let continuation = Mutex<CheckedContinuation<Answer, Never>?>(nil)

    init(_ request: HTTPRequest) { self.request = request }

    func wait(_ continuation: CheckedContinuation<Answer, Never>) {
      self.continuation.withLock { $0 = continuation }
    }

    /// Answers once; later calls do nothing.
    func answer(_ answer: Answer) {
      let waiter = continuation.withLock { waiter in
        defer { waiter = nil }
        return waiter
      }
      waiter?.resume(returning: answer)
    }
  }

  private struct Inbox {
    var jobs: [Job] = []
    /// Jobs taken in and not started yet, here and on the thread.
    var waiting = 0
    var isStopping = false
    var isStopped = false
  }

  private let limits: Limits
  /// libcurl's multi handle: the thread's own, but for waking it up, which any thread may.
  private nonisolated(unsafe) let curl: OpaquePointer
  private let inbox = Mutex(Inbox())
  private let thread = Mutex<JoinableThread?>(nil)

  package init(limits: Limits = Limits()) {
    self.limits = limits
    guard let curl = varve_curl_create(Int32(limits.connections)) else {
      preconditionFailure("libcurl cannot be initialised")
    }
    self.curl = curl
    let loop = HTTPLoop(curl: curl, limits: limits)
    let started = JoinableThread(named: "http") { [self] in
      while let jobs = take(started: loop.startedJobs) { loop.turn(jobs) }
      loop.end()
    }
    thread.withLock { $0 = started }
  }

  /// Ends the thread; requests under way answer `cancelled`. Call once, when nobody sends any more.
  package func stop() {
    inbox.withLock { $0.isStopping = true }
    varve_curl_wakeup(curl)
    let running = thread.withLock { thread in
      defer { thread = nil }
      return thread
    }
    guard let running else { return }
    running.join()
    let left = inbox.withLock { inbox in
      inbox.isStopped = true
      defer { inbox.jobs = [] }
      return inbox.jobs
    }
    for job in left { job.answer(.failure(.cancelled)) }
    varve_curl_destroy(curl)
  }

  /// Sends a request and waits for its answer; a cancelled task takes it back.
  func send(_ request: HTTPRequest) async -> Answer {
    let job = Job(request)
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        job.wait(continuation)
        submit(job)
      }
    } onCancel: {
      job.isCancelled.store(true, ordering: .releasing)
      wakeUp()
    }
  }

  private func submit(_ job: Job) {
    let refusal: HTTPFailure? = inbox.withLock { inbox in
      if inbox.isStopping { return .cancelled }
      if inbox.waiting >= limits.waitingLimit + limits.connections { return .overloaded }
      inbox.waiting += 1
      inbox.jobs.append(job)
      return nil
    }
    if let refusal { job.answer(.failure(refusal)) } else { wakeUp() }
  }

  /// Under the lock, so that the handle is not freed meanwhile.
  private func wakeUp() {
    inbox.withLock { inbox in
      if !inbox.isStopped { varve_curl_wakeup(curl) }
    }
  }

  /// What has come in; nil when it is time to end. `started` jobs wait no longer.
  private func take(started: Int) -> [Job]? {
    inbox.withLock { inbox in
      inbox.waiting -= started
      if inbox.isStopping { return nil }
      defer { inbox.jobs = [] }
      return inbox.jobs
    }
  }
}
