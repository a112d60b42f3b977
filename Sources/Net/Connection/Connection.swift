import CLinux
import Platform

/// One client: a socket pinned to one event loop for life, its half-received frame and its unsent
/// replies.
///
/// References may travel between threads, but every member except `id`, `peerHost`, `peerPort`,
/// `listenerName` and `loop` is for the loop's thread only; from elsewhere, `loop.post` first.
package final class Connection: ReadySource, @unchecked Sendable {
  /// Unique in the process.
  package let id: Int64
  /// The peer's address in text, without the port.
  package let peerHost: String
  package let peerPort: UInt16
  /// Which listener accepted it: clients are told the addresses of their own listener.
  package let listenerName: String
  package let loop: EventLoop

  /// What the delegate keeps about this client; released after `closed(_:)`.
  package var state: AnyObject?
  /// The longest frame allowed, in bytes; lower it for clients that have not yet proved who they
  /// are.
  package var maximumFrameBytes: Int
  package internal(set) var isClosed = false
  /// Whether the delegate stopped reading with `pauseReading()`.
  package private(set) var isPaused = false
  /// Set while the client is muted.
  private var muteTimer: LoopTimer?

  let socket: Socket
  /// What epoll watches for now.
  var interest: UInt32 = 0
  /// Its place in `loop.connections`.
  var registryIndex = -1
  /// Whether it is in the loop's list of connections to flush and settle.
  var isActive = false
  var isQueuedForReading = false
  /// Time of the last byte in or out.
  var lastProgress: Int64

  // Receiving.
  /// The buffer with bytes that were received but not delivered: one incomplete frame, or under
  /// back-pressure several whole ones.
  var held: PooledBuffer?
  var heldStart = 0
  var heldEnd = 0
  /// Since when the first frame in `held` is incomplete.
  var heldSince: Int64 = 0
  /// What of `held` counts in the budget of all loops.
  var chargedBytes = 0
  /// Undelivered bytes in the loop's slab; they move to `held` at the end of the iteration.
  var leftover = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  /// The size of the buffer it waits for; 0 when it does not wait.
  var wantedBufferBytes = 0
  var lowWater = 1
  var peerHasEnded = false
  /// The size of the last frame delivered, with its length bytes.
  var lastFrameByteCount = 0

  // Sending.
  var replies = ReplyQueue()
  /// The reply before which nothing further is delivered.
  private var barrier: ReplySlot?
  var output = OutputQueue()
  /// The socket took no more; EPOLLOUT says when to go on.
  var isBlocked = false
  var endReason: CloseReason?

  init(
    id: Int64, descriptor: Int32, peerHost: String, peerPort: UInt16, listenerName: String,
    loop: EventLoop
  ) {
    self.id = id
    self.peerHost = peerHost
    self.peerPort = peerPort
    self.listenerName = listenerName
    self.loop = loop
    socket = Socket(descriptor: descriptor)
    maximumFrameBytes = loop.configuration.maximumFrameBytes
    lastProgress = loop.now
  }

  // MARK: Replies

  /// Unsent bytes of fulfilled replies, ranges of files included.
  package var pendingOutputBytes: Int { output.byteCount + replies.byteCount }

  /// Requests whose reply was reserved and not fulfilled, or waits for an earlier one.
  package var pendingReplies: Int { replies.count }

  /// Reserves the next place in the order of replies; a request without a reply takes none.
  package func reserveReply() -> ReplySlot { replies.reserve() }

  /// Gives the reply for a slot; it leaves as soon as all earlier ones are given, with the other
  /// output of this iteration. Does nothing on a closed connection.
  package func fulfil(_ slot: ReplySlot, parts: [OutputPart]) {
    guard !isClosed else { return }
    if replies.isFirst(slot) {
      replies.removeFirst()
      send(.many(parts))
      sendFulfilled()
    } else {
      let byteCount = parts.reduce(0) { $0 + $1.count }
      replies.keep(.many(parts), byteCount: byteCount, for: slot)
    }
    given(slot)
  }

  /// Gives a reply of one part.
  package func fulfil(_ slot: ReplySlot, part: OutputPart) {
    guard !isClosed else { return }
    if replies.isFirst(slot) {
      replies.removeFirst()
      send(.one(part))
      sendFulfilled()
    } else {
      replies.keep(.one(part), byteCount: part.count, for: slot)
    }
    given(slot)
  }

  /// Gives a small reply by copying it, which costs no allocation when it is the next in order.
  package func fulfil(_ slot: ReplySlot, copying bytes: UnsafeRawBufferPointer) {
    guard !isClosed else { return }
    if replies.isFirst(slot) {
      replies.removeFirst()
      loop.repliesOut += 1
      output.append(copying: bytes, pool: loop.pool)
      sendFulfilled()
    } else {
      let block = ByteBlock(copying: bytes)
      replies.keep(.one(.bytes(block)), byteCount: block.count, for: slot)
    }
    given(slot)
  }

  /// Delivers nothing further until the reply for `slot` is given; what arrives meanwhile is kept.
  package func deliverNothing(before slot: ReplySlot) {
    if !isClosed && replies.isPending(slot) { barrier = slot }
  }

  private func given(_ slot: ReplySlot) {
    if barrier == slot { barrier = nil }
    loop.activate(self)
  }

  private func sendFulfilled() {
    while let content = replies.popFulfilled() { send(content) }
  }

  private func send(_ content: ReplyQueue.Content) {
    loop.repliesOut += 1
    switch content {
    case .pending: break
    case .one(let part): output.append(part)
    case .many(let parts): for part in parts { output.append(part) }
    }
  }

  // MARK: Control

  /// Stops receiving and delivering, for throttling; replies still go out.
  package func pauseReading() {
    isPaused = true
    loop.activate(self)
  }

  /// Ends `pauseReading()`.
  package func resumeReading() {
    isPaused = false
    loop.activate(self)
  }

  /// Receives and delivers nothing for so long, because of a quota; replies still go out. A later
  /// end of two overlapping times counts. A time above `connections.max.idle.ms` ends with the
  /// connection, since a client that has gone away meanwhile is not noticed.
  package func mute(forMilliseconds milliseconds: Int64) {
    guard !isClosed, milliseconds > 0 else { return }
    let deadline = loop.now + milliseconds * 1_000_000
    if let timer = muteTimer {
      guard timer.deadline < deadline else { return }
      loop.cancel(timer)
    }
    muteTimer = loop.schedule(atMonotonic: deadline) { [unowned self] in
      muteTimer = nil
      // The peer could not get on, so its time begins anew.
      lastProgress = loop.now
      heldSince = loop.now
      loop.activate(self)
    }
    loop.activate(self)
  }

  /// Closes now; unsent replies are lost. `closed(_:)` follows at the end of the iteration.
  package func close(_ reason: CloseReason) {
    guard !isClosed else { return }
    isClosed = true
    if let muteTimer { loop.cancel(muteTimer) }
    muteTimer = nil
    if endReason != nil || reason == .stopped { socket.discardInput() }
    // Closing takes the descriptor out of epoll as well.
    socket.close()
    loop.ended(self, reason)
  }

  /// Delivers nothing more, and closes when the reserved replies have been sent.
  package func closeAfterReplies(_ reason: CloseReason) {
    guard !isClosed, endReason == nil else { return }
    endReason = reason
    loop.activate(self)
  }

  // MARK: Readiness

  override func ready(_ events: UInt32) {
    guard !isClosed else { return }
    if events & (VARVE_EPOLLERR | VARVE_EPOLLHUP) != 0 && interest & VARVE_EPOLLIN == 0 {
      // A receive would report it, but nothing may be received now.
      let errno = socket.pendingError()
      return close(errno == 0 ? .peerClosed : .socketFailed(errno: errno))
    }
    if events & VARVE_EPOLLOUT != 0 {
      isBlocked = false
      loop.activate(self)
    }
    if events & ~VARVE_EPOLLOUT != 0 { loop.queueForReading(self) }
  }

  /// Whether further frames may be delivered now.
  var mayDeliver: Bool { barrier == nil && mayReceive }

  /// Whether bytes may be received; those of whole frames that may not be delivered are enough.
  var mayReceive: Bool {
    !isClosed && !isPaused && muteTimer == nil && endReason == nil && !loop.isStopping
      && pendingOutputBytes < loop.configuration.pendingOutputBytes
      && replies.count < loop.configuration.pendingReplies
  }

  /// After the commit and the flush: keeps what is incomplete, and decides what to wait for.
  func settle() {
    guard !isClosed else { return }
    keepLeftover()
    if replies.isEmpty && output.isEmpty, let endReason { return close(endReason) }
    if peerHasEnded { return close(.peerClosed) }
    let mayDeliver = mayDeliver
    if held != nil {
      if !mayDeliver || wantedBufferBytes > 0 {
        heldSince = loop.now
      } else if holdsWholeFrame {
        loop.queueForReading(self)
      }
    }
    updateLowWater()
    var wanted: UInt32 = 0
    if mayReceive && wantedBufferBytes == 0 && (mayDeliver || !holdsWholeFrame) {
      wanted |= VARVE_EPOLLIN
    }
    if isBlocked { wanted |= VARVE_EPOLLOUT }
    if wanted != interest {
      interest = wanted
      loop.watch(socket.descriptor, self, wanted)
    }
  }

  /// Gives back all memory, after the last commit that could use it.
  func releaseBuffers() {
    releaseHeld()
    leftover = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    output.removeAll(pool: loop.pool)
    replies.removeAll()
  }

  /// Whether `closed` may come by `connections.max.idle.ms` or for holding memory, and why.
  func expiry(idle: Int64, stalled: Int64?) -> CloseReason? {
    let rest = loop.now - lastProgress
    if let stalled, chargedBytes > 0, wantedBufferBytes == 0, mayDeliver, rest > stalled {
      return .stalled
    }
    guard idle > 0 else { return nil }
    // A reply that this server owes is not the peer's idleness; one that it does not take is.
    if rest > idle && !isPaused && (replies.isEmpty || !output.isEmpty) { return .idle }
    if held != nil && mayDeliver && loop.now - heldSince > idle { return .incompleteFrame }
    return nil
  }

  /// Gives back the memory of empty queues.
  func trim() {
    replies.trim()
    output.trim()
  }
}
