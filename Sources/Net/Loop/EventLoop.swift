import CLinux
import Glibc
import Platform
import Synchronization

/// One thread that serves many connections: level-triggered epoll, closures posted from other
/// threads, and timers.
///
/// An iteration: wait; note the time; receive and deliver frames; run posted closures and due
/// timers;
/// `endOfIteration()`, where the delegate appends; send all replies; release the received bytes.
///
/// @unchecked Sendable: `post`, `start`, `stop` and `join` may be called from anywhere, all else on
/// the loop's thread only.
package final class EventLoop: @unchecked Sendable {
  private static let eventsPerWait = 128
  /// How soon a connection that waits for buffer memory looks again.
  private static let bufferPollMilliseconds: Int32 = 10

  /// Its number among its server's loops.
  package let index: Int
  package let environment: LoopEnvironment
  /// Monotonic nanoseconds, read once at the start of each iteration.
  package private(set) var now: Int64
  private(set) var isStopping = false

  let configuration: NetConfiguration
  let counters: NetCounters
  let budget: BufferBudget
  let pool: BufferPool
  var slab: ReceiveSlab
  /// Buffers whose frames were delivered in this iteration.
  var retired: ContiguousArray<PooledBuffer> = []
  /// The one connection that may go over the buffer budget, so that some frame always completes.
  var privileged: Connection?
  private(set) var connections: ContiguousArray<Connection> = []
  // Of this iteration, added to the shared counters at its end.
  var bytesOut = 0
  var repliesOut = 0
  private var bytesIn = 0
  private var framesIn = 0

  private let epoll: Int32
  private let events: UnsafeMutablePointer<varve_epoll_event>
  private let jobs = JobQueue()
  private var jobsInHand: ContiguousArray<JobQueue.Job> = []
  private var timers = TimerHeap()
  private var delegate: (any EventLoopDelegate)?
  private var readQueue: ContiguousArray<Connection> = []
  private var active: ContiguousArray<Connection> = []
  private var activeInHand: ContiguousArray<Connection> = []
  private var ending: ContiguousArray<(Connection, CloseReason)> = []
  var bufferWaiters: ContiguousArray<Connection> = []
  /// What else epoll watches: listeners, signals.
  private var sources: ContiguousArray<ReadySource> = []
  private var stopDeadline: Int64?
  private var thread: pthread_t?

  package init(index: Int = 0, environment: LoopEnvironment) {
    self.index = index
    self.environment = environment
    configuration = environment.configuration
    counters = environment.counters
    budget = environment.budget
    now = environment.clock.monotonicNanoseconds()
    pool = BufferPool(cacheLimit: environment.configuration.cachedBufferBytes)
    slab = ReceiveSlab(pool: pool)
    events = .allocate(capacity: Self.eventsPerWait)
    epoll = varve_epoll_create()
    precondition(epoll >= 0, "epoll_create failed: \(errnoText(errno))")
    // The token 0 is the eventfd.
    let status = varve_epoll_add(epoll, jobs.descriptor, VARVE_EPOLLIN, 0)
    precondition(status == 0, "epoll_ctl failed: \(errnoText(errno))")
  }

  deinit {
    close(epoll)
    events.deallocate()
  }

  // MARK: Life

  /// Starts the thread, which calls `delegate` until the loop has stopped.
  package func start(delegate: any EventLoopDelegate) {
    self.delegate = delegate
    thread = startThread(named: "loop-\(index)") { self.run() }
  }

  /// Ends the loop from any thread: nothing more is received; replies that are still owed may leave
  /// for `drainMilliseconds`; then all connections close. Closures posted before are run.
  package func stop(drainMilliseconds: Int64 = 0) {
    post { [self] in
      guard !isStopping else { return }
      isStopping = true
      let deadline = now + drainMilliseconds * 1_000_000
      stopDeadline = deadline
      schedule(atMonotonic: deadline) {}
      for connection in connections { activate(connection) }
    }
  }

  /// Waits for the thread's end; call once, after `stop`, from another thread.
  package func join() {
    if let thread { pthread_join(thread, nil) }
    thread = nil
  }

  private func run() {
    _ = varve_block_sigpipe()
    scheduleSweep()
    while !isFinished { iterate() }
    for connection in connections { connection.close(.stopped) }
    endConnections()
    jobs.finish()
    runJobs()
    timers.removeAll()
    slab.release()
    delegate = nil
  }

  private var isFinished: Bool {
    guard let stopDeadline else { return false }
    if now >= stopDeadline { return true }
    return connections.allSatisfy { $0.replies.isEmpty && $0.output.isEmpty }
  }

  // MARK: Posting and timers

  /// Runs `job` on the loop's thread, in the iteration that is under way or the next; from any
  /// thread. False when the loop has ended and the job will never run.
  @discardableResult
  package func post(_ job: @escaping @Sendable () -> Void) -> Bool { jobs.post(job) }

  /// Runs `action` once when the monotonic clock reaches `deadline` (nanoseconds).
  @discardableResult
  package func schedule(
    atMonotonic deadline: Int64, _ action: @escaping () -> Void
  ) -> LoopTimer {
    let timer = LoopTimer(deadline: deadline, action: action)
    timers.insert(timer)
    return timer
  }

  /// Runs `action` once, so many milliseconds after the start of this iteration.
  @discardableResult
  package func schedule(
    afterMilliseconds milliseconds: Int64, _ action: @escaping () -> Void
  ) -> LoopTimer {
    schedule(atMonotonic: now + milliseconds * 1_000_000, action)
  }

  /// Takes a timer back; does nothing when it has fired.
  package func cancel(_ timer: LoopTimer) {
    timers.remove(timer)
    timer.action = nil
  }

  // MARK: The iteration

  private func iterate() {
    let ready = Int(varve_epoll_wait(epoll, events, Int32(Self.eventsPerWait), waitMilliseconds()))
    now = environment.clock.monotonicNanoseconds()
    for index in 0..<max(0, ready) {
      let event = events[index]
      guard let token = UnsafeMutableRawPointer(bitPattern: UInt(event.token)) else {
        jobs.clearWakeUp()
        continue
      }
      Unmanaged<ReadySource>.fromOpaque(token)._withUnsafeGuaranteedRef { $0.ready(event.events) }
    }
    readConnections()
    runJobs()
    while let timer = timers.popDue(at: now) {
      let action = timer.action
      timer.action = nil
      action?()
    }
    delegate?.endOfIteration()
    finishIteration()
  }

  /// 0 when there is work, −1 to sleep until something happens.
  private func waitMilliseconds() -> Int32 {
    guard readQueue.isEmpty, active.isEmpty, ending.isEmpty, jobs.prepareToSleep() else { return 0 }
    var timeout: Int32 = -1
    if let deadline = timers.firstDeadline {
      let rest = deadline - environment.clock.monotonicNanoseconds()
      timeout = Int32(clamping: max(0, (rest + 999_999) / 1_000_000))
    }
    if !bufferWaiters.isEmpty {
      timeout =
        timeout < 0 ? Self.bufferPollMilliseconds : min(timeout, Self.bufferPollMilliseconds)
    }
    return timeout
  }

  /// Reads from the ready connections, first come first served, until the iteration has its bytes.
  private func readConnections() {
    var done = 0
    while done < readQueue.count && bytesIn < configuration.receiveBytesPerIteration {
      readQueue[done].readSome()
      done += 1
    }
    if done == readQueue.count {
      readQueue.removeAll(keepingCapacity: true)
    } else {
      readQueue.removeFirst(done)
    }
  }

  private func runJobs() {
    jobs.take(into: &jobsInHand)
    for job in jobsInHand { job() }
    jobsInHand.removeAll(keepingCapacity: true)
  }

  private func finishIteration() {
    swap(&active, &activeInHand)
    for connection in activeInHand {
      connection.isActive = false
      connection.flush()
    }
    for connection in activeInHand { connection.settle() }
    activeInHand.removeAll(keepingCapacity: true)
    slab.reset()
    while let buffer = retired.popLast() { pool.giveBack(buffer) }
    wakeBufferWaiters()
    endConnections()
    addCounters()
  }

  private func addCounters() {
    if bytesIn > 0 { counters.bytesIn.add(Int64(bytesIn)) }
    if bytesOut > 0 { counters.bytesOut.add(Int64(bytesOut)) }
    if framesIn > 0 { counters.framesIn.add(Int64(framesIn)) }
    if repliesOut > 0 { counters.repliesOut.add(Int64(repliesOut)) }
    bytesIn = 0
    bytesOut = 0
    framesIn = 0
    repliesOut = 0
  }

  // MARK: For connections

  func received(_ byteCount: Int) { bytesIn += byteCount }

  func deliver(_ frame: UnsafeMutableRawBufferPointer, _ connection: Connection) {
    framesIn += 1
    delegate?.received(frame: frame, on: connection)
  }

  /// Flushes and settles the connection at the end of this iteration.
  func activate(_ connection: Connection) {
    guard !connection.isActive else { return }
    connection.isActive = true
    active.append(connection)
  }

  func queueForReading(_ connection: Connection) {
    guard !connection.isQueuedForReading else { return }
    connection.isQueuedForReading = true
    readQueue.append(connection)
  }

  /// Changes what epoll watches a descriptor for.
  func watch(_ descriptor: Int32, _ source: ReadySource, _ events: UInt32) {
    let status = varve_epoll_modify(epoll, descriptor, events, Self.token(source))
    precondition(status == 0, "epoll_ctl failed: \(errnoText(errno))")
  }

  /// Begins to watch a descriptor; false when the system refuses.
  func register(_ descriptor: Int32, _ source: ReadySource, _ events: UInt32) -> Bool {
    varve_epoll_add(epoll, descriptor, events, Self.token(source)) == 0
  }

  /// Keeps a watched source alive until `release`.
  func retain(_ source: ReadySource) { sources.append(source) }

  /// Lets a source go at the end of this iteration, whose events may still name it.
  func release(_ source: ReadySource) {
    post { [self] in sources.removeAll { $0 === source } }
  }

  private static func token(_ source: ReadySource) -> UInt64 {
    UInt64(UInt(bitPattern: Unmanaged.passUnretained(source).toOpaque()))
  }

  /// Takes an accepted socket, which was admitted by `limits`, into this loop.
  func adopt(
    descriptor: Int32, peerHost: String, peerPort: UInt16, listenerName: String
  ) {
    let connection = Connection(
      id: environment.nextConnectionID(), descriptor: descriptor, peerHost: peerHost,
      peerPort: peerPort, listenerName: listenerName, loop: self)
    connection.socket.setUp(peerHost: peerHost)
    connection.interest = VARVE_EPOLLIN
    guard !isStopping, register(descriptor, connection, VARVE_EPOLLIN) else {
      connection.socket.close()
      environment.limits.release(peerHost, listener: listenerName)
      return
    }
    connection.registryIndex = connections.count
    connections.append(connection)
    counters.connections.add(1)
    delegate?.opened(connection)
  }

  /// A connection has closed its socket; the rest follows after the commit.
  func ended(_ connection: Connection, _ reason: CloseReason) {
    ending.append((connection, reason))
  }

  private func endConnections() {
    while !ending.isEmpty {
      let batch = ending
      ending = []
      for (connection, reason) in batch { end(connection, reason) }
    }
  }

  private func end(_ connection: Connection, _ reason: CloseReason) {
    let index = connection.registryIndex
    let last = connections.removeLast()
    if last !== connection {
      connections[index] = last
      last.registryIndex = index
    }
    connection.releaseBuffers()
    environment.limits.release(connection.peerHost, listener: connection.listenerName)
    counters.connections.add(-1)
    counters.closed.add()
    let peer = "\(connection.peerHost):\(connection.peerPort)"
    if reason.isNotable {
      environment.log.info(
        "connection closed", ("peer", peer), ("id", connection.id), ("reason", reason))
    } else {
      environment.log.debug(
        "connection closed", ("peer", peer), ("id", connection.id), ("reason", reason))
    }
    delegate?.closed(connection)
    connection.state = nil
  }
}
