import Glibc
import Platform
import Synchronization
import Testing

@testable import Net

struct BackPressureTests {
  @Test func `large frames share a small budget, all complete, and small ones pass`() throws {
    var configuration = NetConfiguration()
    configuration.bufferBudgetBytes = 4 << 20
    let most = Box(0)
    let server = try TestServer(configuration) { delegate in
      delegate.onFrame = { bytes, connection in
        connection.fulfil(connection.reserveReply(), part: .bytes(reply([bytes.last ?? 0])))
      }
      delegate.onEnd = {
        let current = delegate.loop.budget.current
        most.value.withLock { $0 = max($0, current) }
      }
    }
    let size = 3 << 20
    let clients = try (0..<8).map { _ in try server.connect() }
    let threads = clients.enumerated().map { index, client in
      startThread(named: "client") {
        let half = [UInt8](repeating: UInt8(index), count: size / 2)
        try? client.send([0, 0x30, 0, 0] + half)
        try? client.send(half)
      }
    }
    #expect(eventually { server.counters.bufferWaits.current > 0 })
    let small = try server.connect()
    for number in 0..<100 {
      try small.sendFrame([UInt8(number)])
      #expect(try small.receiveFrame() == [UInt8(number)])
    }
    for (index, client) in clients.enumerated() {
      #expect(try client.receiveFrame() == [UInt8(index)])
    }
    for thread in threads { pthread_join(thread, nil) }
    // One frame over the budget, and what one iteration received before it noticed.
    #expect(most.current <= (4 << 20) + (4 << 20) + configuration.receiveBytesPerIteration)
    #expect(eventually { server.environment.budget.current == 0 })
  }

  @Test func `a large frame that stalls gives way to those who wait`() throws {
    var configuration = NetConfiguration()
    configuration.bufferBudgetBytes = 1 << 20
    configuration.stalledFrameMilliseconds = 50
    configuration.idleMilliseconds = 400
    let server = try TestServer(configuration) { $0.echo() }
    let staller = try server.connect()
    let size = 3 << 20
    try staller.send([0, 0x30, 0, 0] + [UInt8](repeating: 1, count: size / 2))
    #expect(eventually { server.environment.budget.current > 0 })
    let waiting = try server.connect()
    let sender = startThread(named: "client") {
      try? waiting.send([0, 0x30, 0, 0] + [UInt8](repeating: 2, count: size))
    }
    #expect(try waiting.receiveFrame()?.count == size)
    pthread_join(sender, nil)
    #expect(try staller.isClosedByServer())
  }

  @Test func `idle and trickling connections close, one with a reply owed stays`() throws {
    var configuration = NetConfiguration()
    configuration.idleMilliseconds = 100
    let owed = Box<(Connection, ReplySlot)?>(nil)
    let server = try TestServer(configuration) { delegate in
      delegate.onFrame = { _, connection in
        let slot = connection.reserveReply()
        owed.value.withLock { $0 = (connection, slot) }
      }
    }
    let patient = try server.connect()
    try patient.sendFrame([1])
    let idle = try server.connect()
    #expect(try idle.isClosedByServer())
    let trickler = try server.connect()
    try trickler.send([0, 1, 0, 0])
    let isClosed = eventually {
      usleep(1_000)
      do { try trickler.send([1]) } catch { return true }
      return false
    }
    #expect(isClosed)
    #expect(server.counters.connections.current == 1)
    let (connection, slot) = try #require(owed.current)
    server.group.loops[0].post { connection.fulfil(slot, part: .bytes(reply([4]))) }
    #expect(try patient.receiveFrame() == [4])
  }

  @Test func `a reader that is reset with output pending leaves nothing behind`() throws {
    let server = try TestServer { delegate in
      delegate.onFrame = { _, connection in
        let bytes = [UInt8](repeating: 1, count: 500_000)
        bytes.withUnsafeBytes { connection.fulfil(connection.reserveReply(), copying: $0) }
      }
    }
    let client = try server.connect(receiveBuffer: 8_192)
    for _ in 0..<100 { try client.sendFrame([1]) }
    #expect(eventually { server.counters.framesIn.current > 2 })
    #expect(server.onLoop { _ in true } == true)
    #expect(server.counters.framesIn.current < 100)
    client.reset()
    #expect(eventually { server.counters.connections.current == 0 })
    #expect(server.onLoop { $0.pool.bytesInUse } == ReceiveSlab.byteCount)
  }

  @Test func `a firehose does not starve its neighbour on the same loop`() throws {
    let server = try TestServer { delegate in
      delegate.onFrame = { bytes, connection in
        if bytes.count < 100 {
          connection.fulfil(connection.reserveReply(), part: .bytes(reply(Array(bytes))))
        }
      }
    }
    let isDone = Box(false)
    let firehose = try server.connect()
    let neighbour = try server.connect()
    let sender = startThread(named: "firehose") {
      let block = [UInt8](repeating: 5, count: 300_000)
      while !isDone.current { try? firehose.sendFrame(block) }
    }
    defer {
      isDone.value.withLock { $0 = true }
      pthread_join(sender, nil)
    }
    #expect(eventually { server.counters.bytesIn.current > 10_000_000 })
    for number in 0..<200 {
      try neighbour.sendFrame([UInt8(number)])
      #expect(try neighbour.receiveFrame() == [UInt8(number)])
    }
  }

  @Test func `a thousand idle connections hold no buffers`() throws {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    let server = try TestServer { $0.echo() }
    let clients = try (0..<1_000).map { _ in try server.connect() }
    for client in clients { try client.sendFrame([1, 2, 3]) }
    for client in clients { #expect(try client.receiveFrame() == [1, 2, 3]) }
    #expect(server.counters.connections.current == 1_000)
    #expect(server.onLoop { $0.pool.bytesInUse } == ReceiveSlab.byteCount)
  }
}
