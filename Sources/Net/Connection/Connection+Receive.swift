import Platform

// Frames are Kafka's: a 4-byte big-endian length, then so many bytes. New bytes arrive in the
// loop's slab and are delivered from there. Only what is incomplete at the end of an iteration
// moves, to
// `held`; the rest of that frame is then received right behind it, without another copy.
extension Connection {
  private static let lengthByteCount = 4
  /// `held` is at most this many times as large as what has arrived of its frame.
  private static let growth = 4
  /// A client that has just sent a frame gets a buffer for another one like it, up to this size.
  private static let largestTrust = 4 << 20
  /// Behind a frame of at least this size only `largeFrameLead` bytes are received into the slab,
  /// because what follows is probably the beginning of another one, and has to move.
  private static let largeFrame = 256 << 10
  private static let largeFrameLead = 32 << 10
  /// Buffers up to this size are not counted in the budget, so that small requests always pass.
  private static let freeOfCharge = 64 << 10
  /// SO_RCVLOWAT for the rest of a large frame.
  private static let largestLowWater = 256 << 10
  private static let leastLowWater = 64 << 10

  /// Delivers what is held back and receives once, within the bounds of one wake-up.
  func readSome() {
    isQueuedForReading = false
    guard !isClosed else { return }
    loop.activate(self)
    guard mayReceive, wantedBufferBytes == 0 else { return }
    deliverHeld()
    // After a delivery from it, `held` may still have whole frames that must not be overtaken.
    guard mayReceive, !holdsWholeFrame, !peerHasEnded else { return }
    receive()
  }

  /// Whether `held` begins with a whole frame.
  var holdsWholeFrame: Bool {
    guard let total = heldFrameByteCount else { return false }
    return heldEnd - heldStart >= total
  }

  /// The size of the first frame in `held` with its length bytes; nil when too little is there.
  private var heldFrameByteCount: Int? {
    guard let held, heldEnd - heldStart >= Self.lengthByteCount else { return nil }
    return Self.lengthByteCount + Self.frameLength(held.base + heldStart)
  }

  private static func frameLength(_ start: UnsafeMutableRawPointer) -> Int {
    Int(Int32(bigEndian: start.loadUnaligned(as: Int32.self)))
  }

  // MARK: Receiving

  private func receive() {
    var allowance = loop.configuration.receiveBytesPerWakeup
    guard held != nil else { return receiveIntoSlab(allowance) }
    guard heldFrameByteCount != nil else {
      // Not even a length: it goes in front of the new bytes.
      return receiveIntoSlab(allowance)
    }
    while allowance > 0 {
      guard makeRoom(), let held, let total = heldFrameByteCount else { return }
      let rest = total - (heldEnd - heldStart)
      let room = min(rest, held.capacity - heldEnd, allowance)
      if room == rest { return receiveRest(rest, allowance: allowance) }
      let got = receive(
        into: UnsafeMutableRawBufferPointer(start: held.base + heldEnd, count: room))
      heldEnd += got
      allowance -= got
      if got < room { return }
    }
  }

  /// Receives the end of the held frame, and what follows it into the slab.
  private func receiveRest(_ rest: Int, allowance: Int) {
    guard let held else { return }
    var room = loop.slab.room()
    // Nothing may be received past a frame that will not be delivered.
    var count = mayDeliver ? min(room.count, max(0, allowance - rest)) : 0
    if heldEnd - heldStart + rest >= Self.largeFrame { count = min(count, Self.largeFrameLead) }
    room = UnsafeMutableRawBufferPointer(rebasing: room[..<count])
    let got = receive(
      into: UnsafeMutableRawBufferPointer(start: held.base + heldEnd, count: rest), then: room)
    heldEnd += min(got, rest)
    guard got >= rest else { return }
    if got > rest { loop.slab.advance(by: got - rest) }
    deliverHeld()
    guard got > rest else { return }
    deliverSlab(UnsafeMutableRawBufferPointer(rebasing: room[..<(got - rest)]))
  }

  private func receiveIntoSlab(_ allowance: Int) {
    var room = loop.slab.room()
    let prefix = heldEnd - heldStart
    if prefix > 0, let held {
      room.baseAddress!.copyMemory(from: held.base + heldStart, byteCount: prefix)
    }
    // Without memory for large frames, little enough is taken to be kept in small buffers.
    let most = loop.budget.isExhausted ? min(allowance, Self.freeOfCharge / 2) : allowance
    room = UnsafeMutableRawBufferPointer(rebasing: room[..<min(room.count, prefix + most)])
    let got = receive(into: UnsafeMutableRawBufferPointer(rebasing: room[prefix...]))
    guard got > 0 else { return }
    retireHeld()
    loop.slab.advance(by: prefix + got)
    deliverSlab(UnsafeMutableRawBufferPointer(rebasing: room[..<(prefix + got)]))
  }

  /// Receives; 0 when nothing came, whatever the reason.
  private func receive(
    into first: UnsafeMutableRawBufferPointer,
    then second: UnsafeMutableRawBufferPointer = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  ) -> Int {
    switch socket.receive(into: first, then: second) {
    case .moved(let count):
      lastProgress = loop.now
      loop.received(count)
      return count
    case .wouldBlock: return 0
    case .end:
      peerHasEnded = true
      return 0
    case .failed(let errno):
      close(.socketFailed(errno: errno))
      return 0
    }
  }

  // MARK: Delivering

  private func deliverHeld() {
    guard let held else { return }
    let end = deliver(held.base, from: heldStart, to: heldEnd)
    guard !isClosed else { return }
    if end == heldEnd {
      retireHeld()
    } else if end != heldStart {
      heldStart = end
      heldSince = loop.now
    }
  }

  private func deliverSlab(_ bytes: UnsafeMutableRawBufferPointer) {
    guard !isClosed, let base = bytes.baseAddress else { return }
    let end = deliver(base, from: 0, to: bytes.count)
    leftover = UnsafeMutableRawBufferPointer(start: base + end, count: bytes.count - end)
  }

  /// Hands whole frames over while that is allowed; returns where the first undelivered byte is.
  private func deliver(_ base: UnsafeMutableRawPointer, from start: Int, to end: Int) -> Int {
    var at = start
    while end - at >= Self.lengthByteCount {
      let length = Self.frameLength(base + at)
      guard length >= 0 && length <= maximumFrameBytes else {
        loop.counters.invalidFrames.add()
        close(.invalidFrameLength(length))
        return at
      }
      let next = at + Self.lengthByteCount + length
      guard next <= end, mayDeliver else { return at }
      let frame = UnsafeMutableRawBufferPointer(
        start: base + at + Self.lengthByteCount, count: length)
      lastFrameByteCount = next - at
      at = next
      loop.deliver(frame, self)
    }
    return at
  }

  // MARK: Keeping

  /// Moves what the slab still has of this connection to a buffer of its own.
  func keepLeftover() {
    guard leftover.count > 0, let start = leftover.baseAddress else { return }
    precondition(held == nil, "bytes were received past an undelivered frame")
    var wanted = leftover.count
    if leftover.count >= Self.lengthByteCount {
      let total = Self.lengthByteCount + Self.frameLength(start)
      let generous = max(wanted, min(total, max(wanted * Self.growth, trust)))
      // These bytes are here and must be kept; room for more is subject to the budget.
      if loop.budget.hasRoom(for: BufferPool.capacity(for: generous)) { wanted = generous }
    }
    let buffer = loop.pool.take(atLeast: wanted)
    charge(for: buffer)
    buffer.base.copyMemory(from: start, byteCount: leftover.count)
    held = buffer
    heldStart = 0
    heldEnd = leftover.count
    heldSince = loop.now
    leftover = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  }

  /// Sees to it that the held frame can grow; false when it must wait for memory.
  private func makeRoom() -> Bool {
    guard let held, let total = heldFrameByteCount else { return true }
    let have = heldEnd - heldStart
    if held.capacity - heldStart >= total { return true }
    if (held.capacity - heldEnd) * Self.growth >= have { return true }
    let wanted = min(total, max(have * Self.growth, BufferPool.smallest, trust))
    guard wanted <= Self.freeOfCharge || loop.grantsBuffer(wanted, to: self) else {
      wantedBufferBytes = wanted
      return false
    }
    let buffer = loop.pool.take(atLeast: wanted)
    buffer.base.copyMemory(from: held.base + heldStart, byteCount: have)
    // The old one may hold frames delivered in this iteration.
    loop.retired.append(held)
    loop.budget.giveBack(chargedBytes)
    charge(for: buffer)
    self.held = buffer
    heldStart = 0
    heldEnd = have
    return true
  }

  /// How large a buffer may be before its bytes have arrived: as the last frame was.
  private var trust: Int {
    guard loop.budget.current < loop.budget.limit / 2 else { return 0 }
    return min(lastFrameByteCount, Self.largestTrust)
  }

  private func charge(for buffer: PooledBuffer) {
    chargedBytes = buffer.capacity > Self.freeOfCharge ? buffer.capacity : 0
    loop.budget.take(chargedBytes)
  }

  /// Lets go of `held` at the end of the iteration: its frames are in the delegate's hands.
  private func retireHeld() {
    guard let buffer = held else { return }
    forgetHeld()
    loop.retired.append(buffer)
  }

  func releaseHeld() {
    guard let buffer = held else { return }
    forgetHeld()
    loop.pool.giveBack(buffer)
  }

  private func forgetHeld() {
    held = nil
    heldStart = 0
    heldEnd = 0
    loop.budget.giveBack(chargedBytes)
    chargedBytes = 0
    loop.revokeGrant(self)
  }

  /// Sleeps through the arrival of a large frame's rest in small pieces.
  ///
  /// More than what is left of the frame would hang, and the kernel itself bounds the value by half
  /// of the receive buffer.
  func updateLowWater() {
    var wanted = 1
    if let total = heldFrameByteCount {
      let rest = total - (heldEnd - heldStart)
      if rest >= Self.leastLowWater {
        wanted = min(rest, Self.largestLowWater)
        if let buffer = loop.configuration.socketReceiveBufferBytes {
          wanted = min(wanted, max(1, Int(buffer) / 2))
        }
      }
    }
    guard wanted != lowWater else { return }
    lowWater = wanted
    socket.setReceiveLowWater(wanted)
  }
}
