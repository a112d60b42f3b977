import Platform
import Synchronization

@testable import Net

/// A delegate made of closures.
final class TestDelegate: EventLoopDelegate, @unchecked Sendable {
  let loop: EventLoop
  var onFrame: (UnsafeMutableRawBufferPointer, Connection) -> Void = { _, _ in }
  var onEnd: () -> Void = {}
  var onClosed: (Connection) -> Void = { _ in }
  var onOpened: (Connection) -> Void = { _ in }

  init(_ loop: EventLoop) { self.loop = loop }

  func opened(_ connection: Connection) { onOpened(connection) }
  func received(frame: UnsafeMutableRawBufferPointer, on connection: Connection) {
    onFrame(frame, connection)
  }
  func endOfIteration() { onEnd() }
  func closed(_ connection: Connection) { onClosed(connection) }
}

/// A server on a free port of loopback, stopped with its last reference.
final class TestServer {
  let environment: LoopEnvironment
  let group: EventLoopGroup
  let listener: Listener
  var counters: NetCounters { environment.counters }

  init(
    loops: Int = 1, _ configuration: NetConfiguration = NetConfiguration(),
    clock: any Clock = SystemClock(), _ setUp: (TestDelegate) -> Void
  ) throws {
    environment = LoopEnvironment(
      configuration: configuration, clock: clock, log: Logger(part: "net", minimum: .error))
    group = EventLoopGroup(count: loops, environment: environment)
    listener = try Listener(name: "TEST", host: "127.0.0.1", port: 0, group: group)
    group.start { loop in
      let delegate = TestDelegate(loop)
      setUp(delegate)
      return delegate
    }
    listener.start()
  }

  deinit {
    listener.stop()
    group.stop()
  }

  func connect(receiveBuffer: Int32? = nil) throws -> LoopbackClient {
    try LoopbackClient(port: listener.port, receiveBuffer: receiveBuffer)
  }

  /// Runs `body` on the first loop's thread and gives what it returns.
  func onLoop<T: Sendable>(_ body: @escaping @Sendable (EventLoop) -> T) -> T? {
    let loop = group.loops[0]
    let box = Box<T?>(nil)
    loop.post {
      let value = body(loop)
      box.value.withLock { $0 = value }
    }
    _ = eventually { box.current != nil }
    return box.current
  }
}

/// A value shared by a test and its loop.
final class Box<T: Sendable>: Sendable {
  let value: Mutex<T>
  init(_ initial: T) { value = Mutex(initial) }
  var current: T { value.withLock { $0 } }
}

extension TestDelegate {
  /// Answers each frame with itself, at once.
  func echo() {
    onFrame = { bytes, connection in
      let slot = connection.reserveReply()
      connection.fulfil(slot, part: .bytes(reply(Array(bytes))))
    }
  }
}

/// A frame as a reply's part.
func reply(_ bytes: [UInt8]) -> ByteBlock { ByteBlock(frame(bytes)) }
