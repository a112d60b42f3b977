import Glibc
import Testing

@testable import Net

/// How a connection's socket is set up.
struct SocketTests {
  /// The congestion control of a new socket, once it is set up for `host` if one is given.
  private func congestionControl(towards host: String?) -> String {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    if let host { Socket(descriptor: descriptor).setUp(peerHost: host) }
    var name = [CChar](repeating: 0, count: 16)
    var length = socklen_t(name.count)
    getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_CONGESTION, &name, &length)
    return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  @Test(arguments: ["127.0.0.1", "127.1.2.3", "::1"])
  func nothingPacesWhatStaysOnThisMachine(host: String) {
    #expect(congestionControl(towards: host) == "reno")
  }

  @Test func theSystemsCongestionControlStandsTowardsOthers() {
    #expect(congestionControl(towards: "192.0.2.1") == congestionControl(towards: nil))
  }
}
