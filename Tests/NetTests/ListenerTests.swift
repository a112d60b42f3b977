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
