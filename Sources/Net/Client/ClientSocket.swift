import CLinux
import Glibc
import Platform

/// One outgoing TCP connection that blocks its caller, with a limit on every wait: for command-line
/// tools, not for event loops.
package final class ClientSocket {
  /// `host:port`, for messages.
  package let place: String
  private let descriptor: Int32
  private let timeoutMilliseconds: Int64

  /// Resolves `host` and connects to the first of its addresses that accepts.
  ///
  /// No wait in this and later calls is longer than `timeoutMilliseconds`; resolving a name is not
  /// under our control.
  package init(
    host: String, port: UInt16, timeoutMilliseconds: Int64
  ) throws(NetError) {
    place = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    self.timeoutMilliseconds = timeoutMilliseconds
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, String(port), &hints, &found)
    guard status == 0, let found else {
      let why = status == EAI_SYSTEM ? errnoText(errno) : String(cString: gai_strerror(status))
      throw .unresolved(place: place, why: why)
    }
    defer { freeaddrinfo(found) }
    var failure: Int32 = EADDRNOTAVAIL
    var next: UnsafeMutablePointer<addrinfo>? = found
    while let address = next {
      next = address.pointee.ai_next
      switch Self.connect(address.pointee, timeoutMilliseconds) {
      case .success(let connected):
        descriptor = connected
        Socket(descriptor: connected).setUp(peerHost: host)
        return
      case .failure(let error): failure = error.errno
      }
    }
    throw failure == ETIMEDOUT
      ? .timedOut(operation: "connect to", place: place, milliseconds: timeoutMilliseconds)
      : .failed(operation: "connect to", place: place, errno: failure)
  }

  deinit { close(descriptor) }

  /// Sends all of the bytes.
  package func send(_ bytes: UnsafeRawBufferPointer) throws(NetError) {
    let socket = Socket(descriptor: descriptor)
    var rest = bytes
    while !rest.isEmpty {
      var part = iovec(
        iov_base: UnsafeMutableRawPointer(mutating: rest.baseAddress), iov_len: rest.count)
      let outcome = withUnsafeMutablePointer(to: &part) {
        socket.send(UnsafeMutableBufferPointer(start: $0, count: 1), more: false)
      }
      switch outcome {
      case .moved(let count): rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      case .wouldBlock: try wait(for: POLLOUT, "send to")
      case .end: throw .closed(place: place)
      case .failed(let errno): throw .failed(operation: "send to", place: place, errno: errno)
      }
    }
  }

  /// Fills all of `bytes`; throws `closed` when the server sends less.
  package func receive(into bytes: UnsafeMutableRawBufferPointer) throws(NetError) {
    let socket = Socket(descriptor: descriptor)
    let nothing = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    var rest = bytes
    while !rest.isEmpty {
      switch socket.receive(into: rest, then: nothing) {
      case .moved(let count): rest = UnsafeMutableRawBufferPointer(rebasing: rest[count...])
      case .wouldBlock: try wait(for: POLLIN, "receive from")
      case .end: throw .closed(place: place)
      case .failed(let errno):
        if errno == ECONNRESET { throw .closed(place: place) }
        throw .failed(operation: "receive from", place: place, errno: errno)
      }
    }
  }

  private struct ConnectFailure: Error { let errno: Int32 }

  private static func connect(
    _ address: addrinfo, _ milliseconds: Int64
  ) -> Result<Int32, ConnectFailure> {
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    let descriptor = socket(address.ai_family, kind, 0)
    guard descriptor >= 0 else { return .failure(ConnectFailure(errno: errno)) }
    var failure: Int32 = 0
    if Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) != 0 {
      failure = errno
      if failure == EINPROGRESS {
        failure =
          poll(descriptor, POLLOUT, milliseconds)
          ? Socket(descriptor: descriptor).pendingError() : ETIMEDOUT
      }
    }
    guard failure == 0 else {
      close(descriptor)
      return .failure(ConnectFailure(errno: failure))
    }
    return .success(descriptor)
  }

  private func wait(for events: Int32, _ operation: String) throws(NetError) {
    guard Self.poll(descriptor, events, timeoutMilliseconds) else {
      throw .timedOut(operation: operation, place: place, milliseconds: timeoutMilliseconds)
    }
  }

  /// Whether the descriptor became ready in time.
  private static func poll(_ descriptor: Int32, _ events: Int32, _ milliseconds: Int64) -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    while true {
      let ready = Glibc.poll(&entry, 1, Int32(clamping: milliseconds))
      if ready >= 0 { return ready > 0 }
      // A signal starts the wait anew: it only ever makes the limit longer.
      guard errno == EINTR else { return false }
    }
  }
}
