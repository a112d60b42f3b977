import CLinux
import Glibc

/// The bytes of one connection going in and out: the seam where TLS will stand.
///
/// Everything that a connection does with its descriptor, except watching it, goes through here. A
/// TLS socket has the same calls with its own record layer below them, and no `sendFile`.
struct Socket {
  /// What one call came to.
  enum Outcome {
    /// This many bytes, at least one.
    case moved(Int)
    case wouldBlock
    /// Receiving: the peer sends no more. Sending a file: the file ended.
    case end
    case failed(errno: Int32)
  }

  let descriptor: Int32

  /// Receives into one region and, when that is full, into a second one.
  func receive(
    into first: UnsafeMutableRawBufferPointer, then second: UnsafeMutableRawBufferPointer
  ) -> Outcome {
    withUnsafeTemporaryAllocation(of: iovec.self, capacity: 2) { parts in
      parts[0] = iovec(iov_base: first.baseAddress, iov_len: first.count)
      parts[1] = iovec(iov_base: second.baseAddress, iov_len: second.count)
      while true {
        let got = varve_receive(descriptor, parts.baseAddress!, second.isEmpty ? 1 : 2)
        if let outcome = outcome(got) { return outcome }
      }
    }
  }

  /// Sends the parts in one call; `more` holds the last packet back for what follows at once.
  func send(_ parts: UnsafeMutableBufferPointer<iovec>, more: Bool) -> Outcome {
    while true {
      let sent = varve_send(descriptor, parts.baseAddress!, Int32(parts.count), more ? 1 : 0)
      if let outcome = outcome(sent) { return outcome }
    }
  }

  /// Sends a range of a file from the page cache.
  func sendFile(_ file: Int32, position: Int64, count: Int) -> Outcome {
    while true {
      let sent = varve_sendfile(descriptor, file, position, count)
      if let outcome = outcome(sent) { return outcome }
    }
  }

  /// Wakes the loop only when so many bytes are there (SO_RCVLOWAT).
  func setReceiveLowWater(_ byteCount: Int) {
    set(SOL_SOCKET, SO_RCVLOWAT, Int32(byteCount))
  }

  /// Small answers leave at once, dead peers are noticed in the end, and nothing paces what stays
  /// on this machine.
  ///
  /// Towards a peer elsewhere the system's congestion control stands. Over loopback there is no
  /// path to share, and BBR, a usual choice of servers, wakes by a timer for each burst it lets go
  /// (measured: sending 1 GB from a file costs 0.35 CPU seconds with it, 0.13 with reno).
  func setUp(peerHost: String) {
    set(Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    set(SOL_SOCKET, SO_KEEPALIVE, 1)
    if peerHost.hasPrefix("127.") || peerHost == "::1" {
      // Every Linux has reno, and lets everyone choose it.
      setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_CONGESTION, "reno", 4)
    }
  }

  /// The error that the kernel keeps for the socket; 0 when there is none.
  func pendingError() -> Int32 {
    var value: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &value, &size)
    return value
  }

  /// Throws away what has arrived (up to a bound), because closing over unread bytes sends a reset,
  /// and that can take the last replies from a peer that has not read them yet.
  func discardInput() {
    for _ in 0..<16 where recv(descriptor, nil, 64 << 10, Int32(MSG_TRUNC)) <= 0 { return }
  }

  func close() { Glibc.close(descriptor) }

  private func set(_ level: Int32, _ name: Int32, _ value: Int32) {
    var value = value
    setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  /// nil when the call is to be made again.
  private func outcome(_ result: Int) -> Outcome? {
    if result > 0 { return .moved(result) }
    if result == 0 { return .end }
    switch errno {
    case EINTR: return nil
    case EAGAIN: return .wouldBlock
    default: return .failed(errno: errno)
    }
  }
}
