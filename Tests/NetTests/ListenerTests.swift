import Glibc
import Platform
import Testing

@testable import Net

struct ListenerTests {
  private func group(_ configuration: NetConfiguration = NetConfiguration()) -> EventLoopGroup {
    EventLoopGroup(
      count: 1,
      environment: LoopEnvironment(
        configuration: configuration, clock: SystemClock(),
        log: Logger(part: "net", minimum: .error)))
  }

  @Test func `a busy port is named in the error`() throws {
    let server = try TestServer { _ in }
    let port = server.listener.port
    let error = #expect(throws: UsageError.self) {
      try Listener(name: "SECOND", host: "127.0.0.1", port: port, group: server.group)
    }
    #expect(error?.message == "cannot listen on 127.0.0.1:\(port): the port is in use")
    #expect(error?.hint != nil)
  }

  @Test func `an unknown host and an address of another machine are refused`() throws {
    let group = group()
    let unknown = #expect(throws: UsageError.self) {
      try Listener(name: "A", host: "no-such-host.invalid", port: 0, group: group)
    }
    #expect(unknown?.message.contains("no-such-host.invalid:0: the host does not resolve") == true)
    let foreign = #expect(throws: UsageError.self) {
      try Listener(name: "A", host: "192.0.2.1", port: 0, group: group)
    }
    #expect(foreign?.message.contains("does not have that address") == true)
  }

  @Test func `connections go to the loops in turn and know their peer`() throws {
    let opened = Box<[String]>([])
    let server = try TestServer(loops: 3) { delegate in
      delegate.echo()
      delegate.onOpened = { connection in
        opened.value.withLock {
          $0.append("\(delegate.loop.index) \(connection.peerHost) \(connection.listenerName)")
        }
      }
    }
    let clients = try (0..<6).map { _ in try server.connect() }
    for client in clients { try client.sendFrame([9]) }
    for client in clients { #expect(try client.receiveFrame() == [9]) }
    let expected = (0..<6).map { "\($0 / 2) 127.0.0.1 TEST" }
    #expect(opened.current.sorted() == expected)
  }

  @Test func `connections over the limits are closed and counted, and a freed place is given`()
    throws
  {
    var configuration = NetConfiguration()
    configuration.maximumConnections = 3
    configuration.maximumConnectionsPerHost = 1
    configuration.maximumConnectionsPerHostOverrides = ["127.0.0.1": 2]
    let server = try TestServer(configuration) { $0.echo() }
    var clients = try (0..<2).map { _ in try server.connect() }
    for client in clients {
      try client.sendFrame([1])
      #expect(try client.receiveFrame() == [1])
    }
    #expect(try server.connect().isClosedByServer())
    #expect(server.counters.refused.current == 1)
    clients.removeLast()
    #expect(eventually { server.counters.connections.current == 1 })
    let next = try server.connect()
    try next.sendFrame([2])
    #expect(try next.receiveFrame() == [2])
  }

  /// Whether the server serves this client, after a moment in which it could.
  private func isServed(_ client: LoopbackClient, within milliseconds: Int32) throws -> Bool {
    try client.sendFrame([7])
    var wait = pollfd(fd: client.descriptor, events: Int16(POLLIN), revents: 0)
    guard poll(&wait, 1, milliseconds) > 0 else { return false }
    return try client.receiveFrame() == [7]
  }

  @Test(arguments: [true, false])
  func `connections over the whole limit wait until one closes`(ofListener: Bool) throws {
    var configuration = NetConfiguration()
    if ofListener {
      configuration.listenerLimits = ["TEST": ListenerLimits(maximumConnections: 2)]
    } else {
      configuration.maximumConnections = 2
    }
    let server = try TestServer(configuration) { $0.echo() }
    var clients = try (0..<2).map { _ in try server.connect() }
    for client in clients { #expect(try isServed(client, within: 5_000)) }
    let third = try server.connect()
    #expect(try !isServed(third, within: 100))
    #expect(server.counters.pauses.current == 1)
    clients.removeLast()
    #expect(try third.receiveFrame() == [7])
    #expect(server.counters.connections.current == 2)
    #expect(server.counters.refused.current == 0)
  }

  @Test(arguments: [true, false])
  func `connections that come too fast wait for their turn`(ofListener: Bool) throws {
    var configuration = NetConfiguration()
    configuration.rateWindows = 2
    if ofListener {
      configuration.listenerLimits = ["TEST": ListenerLimits(maximumConnectionRate: 10)]
    } else {
      configuration.maximumConnectionRate = 10
    }
    let server = try TestServer(configuration) { $0.echo() }
    let start = SystemClock().monotonicNanoseconds()
    let clients = try (0..<25).map { _ in try server.connect() }
    for client in clients { #expect(try isServed(client, within: 8_000)) }
    // At most 20 count in two windows, so the last ones had to wait for a new one.
    #expect(SystemClock().monotonicNanoseconds() - start >= 300_000_000)
    #expect(server.counters.pauses.current >= 1)
  }

  @Test func `an address that connects too fast waits for nothing and is closed`() throws {
    var configuration = NetConfiguration()
    configuration.rateWindows = 2
    let server = try TestServer(configuration) { $0.echo() }
    server.environment.limits.setHostRates(["127.0.0.1": 2], others: 1_000)
    let clients = try (0..<8).map { _ in try server.connect() }
    #expect(try isServed(clients[0], within: 5_000))
    let last = try #require(clients.last)
    try last.sendFrame([7])
    #expect(try last.isClosedByServer())
    #expect(server.counters.refused.current >= 4)
    server.environment.limits.setHostRates([:], others: nil)
    #expect(try isServed(try server.connect(), within: 5_000))
  }

  @Test func `socket buffers are as large as asked for`() throws {
    var configuration = NetConfiguration()
    configuration.socketReceiveBufferBytes = 40_000
    configuration.socketSendBufferBytes = 30_000
    let server = try TestServer(configuration) { $0.echo() }
    let client = try server.connect()
    #expect(try isServed(client, within: 5_000))
    let sizes = server.onLoop { loop in
      [SO_RCVBUF, SO_SNDBUF].map { option -> Int32 in
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(loop.connections[0].socket.descriptor, SOL_SOCKET, option, &value, &size)
        return value
      }
    }
    // The kernel doubles them for its own book-keeping.
    #expect(sizes == [80_000, 60_000])
  }

  @Test func `all addresses are meant by an empty host, and a stopped listener frees its port`()
    throws
  {
    let opened = Box<[String]>([])
    let server = try TestServer { delegate in
      delegate.echo()
      delegate.onOpened = { connection in
        opened.value.withLock { $0.append("\(connection.listenerName) \(connection.peerHost)") }
      }
    }
    let wide = try Listener(name: "WIDE", host: "", port: 0, group: server.group)
    wide.start()
    let client = try LoopbackClient(port: wide.port)
    try client.sendFrame([1])
    #expect(try client.receiveFrame() == [1])
    #expect(opened.current == ["WIDE 127.0.0.1"])
    wide.stop()
    #expect(
      eventually {
        let again = try? Listener(name: "AGAIN", host: "", port: wide.port, group: server.group)
        again?.stop()
        return again != nil
      })
    // Connections outlive their listener.
    try client.sendFrame([2])
    #expect(try client.receiveFrame() == [2])
  }
}
