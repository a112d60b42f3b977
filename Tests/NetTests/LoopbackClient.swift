import Glibc

/// A blocking client on loopback, whose calls give up after ten seconds.
final class LoopbackClient: @unchecked Sendable {
  // @unchecked: a test may send on one thread and receive on another; the kernel does not mind.
  let descriptor: Int32

  init(port: UInt16, receiveBuffer: Int32? = nil) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var limit = timeval(tv_sec: 10, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    var one: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
    if var bytes = receiveBuffer { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, 4) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else { throw SocketFailure(call: "connect", errno: errno) }
  }

  deinit { close(descriptor) }

  struct SocketFailure: Error {
    let call: String
    let errno: Int32
  }

  func send(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { try send($0) }
  }

  func send(_ bytes: UnsafeRawBufferPointer) throws {
    var done = 0
    while done < bytes.count {
      let sent = Glibc.send(
        descriptor, bytes.baseAddress! + done, bytes.count - done, Int32(MSG_NOSIGNAL))
      guard sent > 0 else { throw SocketFailure(call: "send", errno: errno) }
      done += sent
    }
  }

  /// Sends a frame with its length.
  func sendFrame(_ bytes: [UInt8]) throws { try send(frame(bytes)) }

  /// Exactly `count` bytes, or fewer when the server closed before.
  func receive(_ count: Int) throws -> [UInt8] {
    var result = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let got = result.withUnsafeMutableBytes {
        recv(descriptor, $0.baseAddress! + done, count - done, 0)
      }
      if got == 0 { break }
      guard got > 0 else {
        if errno == ECONNRESET { break }
        throw SocketFailure(call: "recv", errno: errno)
      }
      done += got
    }
    result.removeLast(count - done)
    return result
  }

  /// One frame without its length; nil when the server closed.
  func receiveFrame() throws -> [UInt8]? {
    let head = try receive(4)
    guard head.count == 4 else { return nil }
    let length = head.reduce(0) { $0 << 8 | Int($1) }
    let body = try receive(length)
    return body.count == length ? body : nil
  }

  /// Whether the server has closed, waiting for it; bytes before that are skipped.
  func isClosedByServer() throws -> Bool {
    while true {
      let bytes = try receive(1)
      if bytes.isEmpty { return true }
    }
  }

  /// Makes the close a reset.
  func reset() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    // A connect to no address (AF_UNSPEC) drops the connection with a reset and keeps the number.
    var nowhere = sockaddr()
    connect(descriptor, &nowhere, socklen_t(MemoryLayout<sockaddr>.size))
  }

  func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }
}

/// `bytes` behind their 4-byte length.
func frame(_ bytes: [UInt8]) -> [UInt8] {
  let length = UInt32(bytes.count)
  return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) } + bytes
}

/// Waits until `condition` holds; false after ten seconds.
func eventually(_ condition: () -> Bool) -> Bool {
  for _ in 0..<20_000 {
    if condition() { return true }
    usleep(500)
  }
  return condition()
}
