import CLinux
import Glibc
import Platform

/// Accepts connections on one address and deals them out to the loops of a group.
///
/// The first loop watches it. @unchecked Sendable: mutable state belongs to that loop's thread.
package final class Listener: ReadySource, @unchecked Sendable {
  private static let acceptsPerWakeup = 64
  private static let pauseMilliseconds: Int64 = 100
  private static let refusalLogMilliseconds: Int64 = 10_000
  /// More connections that wait for their end are closed at once.
  private static let maximumDelayed = 1_024

  /// The listener's name in `listeners`: PLAINTEXT, INTERNAL, ….
  package let name: String
  package let host: String
  /// The port it is bound to: the kernel's choice when 0 was asked for.
  package let port: UInt16

  private let descriptor: Int32
  private let group: EventLoopGroup
  private let home: EventLoop
  private let environment: LoopEnvironment
  private var isClosed = false
  /// Out of descriptors; said once until an accept succeeds, and not again for a while.
  private var isShort = false
  private var shortQuietUntil: Int64 = 0
  private var quietUntil: Int64 = 0
  private var quietly = 0
  /// Accepted sockets of addresses that connect too fast: unserved, and closed after a while.
  private var delayed: Set<Int32> = []

  /// Binds and listens; clients can connect from now on, and are accepted after `start()`.
  package init(
    name: String, host: String, port: UInt16, group: EventLoopGroup
  ) throws(UsageError) {
    let socket = try ListeningSocket(
      host: host, port: port, configuration: group.environment.configuration)
    self.name = name
    self.host = host
    self.port = socket.port
    self.group = group
    descriptor = socket.descriptor
    home = group.loops[0]
    environment = group.environment
  }

  deinit { if !isClosed { close(descriptor) } }

  /// Begins to accept; from any thread, after the group has started.
  package func start() {
    home.post { [self] in
      guard !isClosed else { return }
      // epoll holds no reference: the loop's list of sources does, until `stop`.
      home.retain(self)
      let isWatched = home.register(descriptor, self, VARVE_EPOLLIN)
      precondition(isWatched, "epoll_ctl failed: \(errnoText(errno))")
    }
  }

  /// Ends accepting and frees the port; from any thread. Accepted connections stay.
  package func stop() {
    home.post { [self] in
      guard !isClosed else { return }
      isClosed = true
      close(descriptor)
      for socket in delayed { close(socket) }
      delayed = []
      home.release(self)
    }
  }

  override func ready(_ events: UInt32) {
    for _ in 0..<Self.acceptsPerWakeup {
      guard !isClosed, mayAccept(), acceptOne() else { return }
    }
  }

  /// Whether the limits allow one more connection; if not, accepting goes on when they do, and
  /// until then clients wait in the backlog.
  private func mayAccept() -> Bool {
    let limits = environment.limits
    let readiness = limits.readiness(of: name, at: home.now)
    switch readiness {
    case .ready: return true
    case .full(let limit):
      pauseAccepting(limit)
      limits.whenOneMayCome { [self] in home.post { self.goOnAccepting() } }
      // A connection that closed between the look and the call told nobody.
      if limits.readiness(of: name, at: home.now) != readiness { goOnAccepting() }
    case .tooFast(let limit, let milliseconds):
      pauseAccepting(limit)
      home.schedule(afterMilliseconds: milliseconds) { [self] in goOnAccepting() }
    }
    return false
  }

  private func pauseAccepting(_ limit: String) {
    home.watch(descriptor, self, 0)
    environment.counters.pauses.add()
    note("connections wait in the backlog", limit, host: "any")
  }

  private func goOnAccepting() {
    if !isClosed { home.watch(descriptor, self, VARVE_EPOLLIN) }
  }

  /// Accepts one connection; false when there are no more for now.
  private func acceptOne() -> Bool {
    var peerPort: UInt16 = 0
    var failure: Int32 = 0
    var accepted: Int32 = -1
    let host = String(unsafeUninitializedCapacity: 64) { text in
      text.withMemoryRebound(to: CChar.self) {
        accepted = varve_accept(descriptor, $0.baseAddress, $0.count, &peerPort)
        if accepted < 0 {
          failure = errno
          return 0
        }
        return strlen($0.baseAddress!)
      }
    }
    guard accepted >= 0 else { return afterFailure(failure) }
    if OpenFiles.isOneOfTheLast(accepted) {
      close(accepted)
      return afterFailure(EMFILE)
    }
    isShort = false
    environment.counters.accepted.add()
    switch environment.limits.admit(host, listener: name, at: home.now) {
    case .admitted: break
    case .refused(let limit):
      refused(host, limit)
      close(accepted)
      return true
    case .delayed(let limit, let milliseconds):
      refused(host, limit)
      closeLater(accepted, milliseconds)
      return true
    }
    let (socket, port) = (accepted, peerPort)
    let loop = group.next()
    if loop === home {
      adopt(socket, host, port, loop)
    } else if !loop.post({ self.adopt(socket, host, port, loop) }) {
      close(socket)
      environment.limits.release(host, listener: name)
    }
    return true
  }

  /// Keeps a connection without serving it: that slows a client down that connects again and again.
  private func closeLater(_ socket: Int32, _ milliseconds: Int64) {
    guard delayed.count < Self.maximumDelayed else {
      close(socket)
      return
    }
    delayed.insert(socket)
    home.schedule(afterMilliseconds: milliseconds) { [self] in
      if delayed.remove(socket) != nil { close(socket) }
    }
  }

  private func adopt(_ socket: Int32, _ host: String, _ port: UInt16, _ loop: EventLoop) {
    loop.adopt(descriptor: socket, peerHost: host, peerPort: port, listenerName: name)
  }

  /// Whether accepting may go on at once.
  private func afterFailure(_ failure: Int32) -> Bool {
    switch failure {
    case EAGAIN: return false
    case EMFILE, ENFILE, ENOBUFS, ENOMEM:
      if !isShort, home.now >= shortQuietUntil {
        shortQuietUntil = home.now + Self.refusalLogMilliseconds * 1_000_000
        let cause =
          failure == EMFILE
          ? "no more open files are allowed (ulimit -n; LimitNOFILE of a service)"
          : errnoText(failure)
        environment.log.error(
          "cannot accept connections for now", ("listener", name), ("cause", cause))
      }
      isShort = true
      home.watch(descriptor, self, 0)
      home.schedule(afterMilliseconds: Self.pauseMilliseconds) { [self] in goOnAccepting() }
      return false
    default:
      // The peer gave up before it was accepted, or the network failed for it alone.
      return true
    }
  }

  private func refused(_ host: String, _ limit: String) {
    environment.counters.refused.add()
    note("connection refused", limit, host: host)
  }

  /// Says what a limit did at most once in ten seconds, and how often it did.
  private func note(_ what: String, _ limit: String, host: String) {
    quietly += 1
    guard home.now >= quietUntil else { return }
    quietUntil = home.now + Self.refusalLogMilliseconds * 1_000_000
    environment.log.warn(
      what, ("listener", name), ("peer", host), ("limit", limit), ("count", quietly)
    )
    quietly = 0
  }
}
