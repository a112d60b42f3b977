import Glibc
import Platform
import Synchronization
import Testing

@testable import Net

struct ConnectionReceiveTests {
  @Test func `a request that arrives byte by byte is answered`() throws {
    let server = try TestServer { $0.echo() }
    let client = try server.connect()
    for byte in frame(Array("hello".utf8)) + frame([]) { try client.send([byte]) }
    #expect(try client.receiveFrame() == Array("hello".utf8))
    #expect(try client.receiveFrame() == [])
  }

  /// A frame whose bytes follow from its number, which stands at its start and at its end.
  private static func pattern(_ number: Int, _ byteCount: Int) -> [UInt8] {
    let mark = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    let filler = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: byteCount - 8)
    return mark + filler + mark
  }

  private static func isEqual(_ a: UnsafeMutableRawBufferPointer, _ b: [UInt8]) -> Bool {
    a.count == b.count && memcmp(a.baseAddress!, b, b.count) == 0
  }

  @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
  func `frames of all sizes stay valid and unmoved to the end of the iteration`(
    seed: UInt64
  ) throws {
    let random = SeededRandom(seed: seed)
    let sizes = (0..<120).map { _ in
      switch random.below(10) {
      case 0: 300_000 + random.below(2_500_000)
      case 1...3: 10_000 + random.below(60_000)
      default: 8 + random.below(400)
      }
    }
    let wrong = Box(0)
    let next = Box(0)
    let server = try TestServer { delegate in
      nonisolated(unsafe) var open: [(UnsafeMutableRawBufferPointer, Int)] = []
      delegate.onFrame = { bytes, _ in
        open.append(
          (
            bytes,
            next.value.withLock {
              $0 += 1; return $0 - 1
            }
          ))
      }
      delegate.onEnd = {
        for (bytes, number) in open
        where !Self.isEqual(bytes, Self.pattern(number, sizes[number])) {
          wrong.value.withLock { $0 += 1 }
        }
        open = []
      }
    }
    let client = try server.connect()
    var stream: [UInt8] = []
    for (number, size) in sizes.enumerated() { stream += frame(Self.pattern(number, size)) }
    try stream.withUnsafeBytes { bytes in
      var at = 0
      while at < bytes.count {
        let count = min(
          bytes.count - at, random.below(4) == 0 ? 1 + random.below(20) : random.below(900_000))
        try client.send(UnsafeRawBufferPointer(rebasing: bytes[at..<(at + count)]))
        at += count
      }
    }
    #expect(eventually { next.current == sizes.count })
    #expect(server.onLoop { _ in true } == true)
    #expect(wrong.current == 0)
  }

  @Test func `the largest frame arrives and its memory goes back`() throws {
    let size = Box(0)
    let server = try TestServer { delegate in
      delegate.onFrame = { bytes, connection in
        size.value.withLock { $0 = bytes.count }
        connection.fulfil(connection.reserveReply(), part: .bytes(reply([bytes.last ?? 0])))
      }
    }
    let client = try server.connect()
    var bytes = [UInt8](repeating: 7, count: 104_857_600)
    bytes[bytes.count - 1] = 9
    try client.send([0x06, 0x40, 0, 0])
    try client.send(bytes)
    #expect(try client.receiveFrame() == [9])
    #expect(size.current == 104_857_600)
    #expect(server.environment.budget.current == 0)
    let inUse = server.onLoop { $0.pool.bytesInUse } ?? -1
    #expect(inUse == ReceiveSlab.byteCount)
  }

  @Test(arguments: [
    [0x80, 0, 0, 0], [0xff, 0xff, 0xff, 0xff], [0x06, 0x40, 0, 1], [0x7f, 0xff, 0xff, 0xff],
    Array("GET / HTTP/1.1\r\n\r\n".utf8),
  ])
  func `a frame length out of bounds closes the connection and no other`(bytes: [UInt8]) throws {
    let server = try TestServer { $0.echo() }
    let healthy = try server.connect()
    let hostile = try server.connect()
    try hostile.send(frame([1, 2]) + bytes)
    #expect(try hostile.isClosedByServer())
    try healthy.sendFrame([3])
    #expect(try healthy.receiveFrame() == [3])
    #expect(server.counters.invalidFrames.current == 1)
    #expect(eventually { server.counters.connections.current == 1 })
  }

  @Test func `a client that announces much and sends little holds little`() throws {
    let server = try TestServer { $0.echo() }
    let clients = try (0..<50).map { _ in try server.connect() }
    for client in clients {
      try client.send([0x06, 0x40, 0, 0] + [UInt8](repeating: 1, count: 2_000))
    }
    #expect(eventually { server.counters.bytesIn.current == 50 * 2_004 })
    let inUse = server.onLoop { $0.pool.bytesInUse } ?? -1
    #expect(inUse <= ReceiveSlab.byteCount + 50 * 8_192)
  }

  @Test func `a reset or an end in the middle of a frame ends the connection`() throws {
    let closed = Box(0)
    let server = try TestServer { delegate in
      delegate.echo()
      delegate.onClosed = { _ in closed.value.withLock { $0 += 1 } }
    }
    let first = try server.connect()
    try first.send([0, 0, 1, 0, 1, 2, 3])
    #expect(eventually { server.counters.bytesIn.current == 7 })
    first.reset()
    #expect(eventually { closed.current == 1 })
    let second = try server.connect()
    try second.send(frame([5]) + [0, 0])
    second.endSending()
    #expect(try second.receiveFrame() == [5])
    #expect(eventually { closed.current == 2 })
    #expect(server.counters.connections.current == 0)
    #expect(server.onLoop { $0.pool.bytesInUse } == ReceiveSlab.byteCount)
  }

  @Test func `a paused connection delivers nothing until it is resumed`() throws {
    let frames = Box(0)
    let paused = Box<Connection?>(nil)
    let server = try TestServer { delegate in
      delegate.onFrame = { _, connection in
        frames.value.withLock { $0 += 1 }
        if frames.current == 2 {
          connection.pauseReading()
          paused.value.withLock { $0 = connection }
        }
      }
    }
    let client = try server.connect()
    for number in 0..<5 { try client.sendFrame([UInt8(number)]) }
    try client.send([0, 0, 0, 2, 1])
    #expect(eventually { paused.current != nil })
    #expect(server.onLoop { _ in true } == true)
    #expect(frames.current == 2)
    let connection = try #require(paused.current)
    server.group.loops[0].post { connection.resumeReading() }
    #expect(eventually { frames.current == 5 })
    try client.send([1])
    #expect(eventually { frames.current == 6 })
  }

  @Test func `a muted connection answers, hears nothing for its time, and disturbs nobody`() throws
  {
    let heard = Box<[(UInt8, Int64)]>([])
    let server = try TestServer { delegate in
      delegate.onFrame = { bytes, connection in
        heard.value.withLock { $0.append((bytes[0], connection.loop.now)) }
        let slot = connection.reserveReply()
        connection.fulfil(slot, part: .bytes(reply(Array(bytes))))
        guard bytes[0] == 1 else { return }
        // The later end of two counts, whichever comes first.
        connection.mute(forMilliseconds: 200)
        connection.mute(forMilliseconds: 50)
      }
    }
    let (client, other) = (try server.connect(), try server.connect())
    try client.send(frame([1]) + frame([2]) + frame([3]))
    #expect(try client.receiveFrame() == [1])
    for _ in 0..<20 {
      try other.sendFrame([9])
      #expect(try other.receiveFrame() == [9])
    }
    #expect(!heard.current.contains { $0.0 == 2 })
    #expect(try client.receiveFrame() == [2])
    #expect(try client.receiveFrame() == [3])
    let times = heard.current.filter { $0.0 != 9 }.map(\.1)
    #expect(times[1] - times[0] >= 200_000_000)
  }

  @Test func `a client that is muted for longer than it may be idle is closed`() throws {
    var configuration = NetConfiguration()
    configuration.idleMilliseconds = 100
    let server = try TestServer(configuration) { delegate in
      delegate.onFrame = { bytes, connection in
        let slot = connection.reserveReply()
        connection.fulfil(slot, part: .bytes(reply(Array(bytes))))
        connection.mute(forMilliseconds: bytes[0] == 1 ? 60_000 : 80)
      }
    }
    let (long, short) = (try server.connect(), try server.connect())
    try long.sendFrame([1])
    #expect(try long.receiveFrame() == [1])
    // Each of these waits nearly as long as one may be idle, and the idle time begins behind it.
    for _ in 0..<5 {
      try short.send(frame([2]) + [0, 0])
      #expect(try short.receiveFrame() == [2])
      try short.send([0, 1, 3])
      #expect(try short.receiveFrame() == [3])
    }
    #expect(try long.isClosedByServer())
    #expect(server.counters.expired.current >= 1)
  }

  @Test func `a muted connection can close and be stopped`() throws {
    let closed = Box(0)
    let server = try TestServer { delegate in
      delegate.onFrame = { _, connection in connection.mute(forMilliseconds: 60_000) }
      delegate.onClosed = { _ in closed.value.withLock { $0 += 1 } }
    }
    let (first, second) = (try server.connect(), try server.connect())
    try first.sendFrame([1])
    try second.sendFrame([1])
    #expect(eventually { server.counters.framesIn.current == 2 })
    first.reset()
    #expect(eventually { closed.current == 1 })
    server.group.stop()
    #expect(closed.current == 2)
  }
}
