import Cluster
import Net
import Platform
import Testing

@testable import Broker

struct NetConfigurationTests {
  private func configuration(_ overrides: [String: String]) throws -> NetConfiguration {
    try NetConfiguration(BrokerConfig(file: nil, overrides: overrides))
  }

  @Test func `without configs there are no limits, and buffers are the kernel's business`() throws {
    let net = try configuration([:])
    #expect(net.maximumConnectionRate == nil)
    #expect(net.listenerLimits.isEmpty)
    #expect(net.socketReceiveBufferBytes == nil)
    #expect(net.socketSendBufferBytes == nil)
    #expect(net.pendingReplies == 500)
  }

  @Test func `limits go by listener and by address, names included`() throws {
    let net = try configuration([
      "max.connection.creation.rate": "50", "listener.name.plaintext.max.connections": "7",
      "listener.name.plaintext.max.connection.creation.rate": "2147483647",
      "max.connections.per.ip.overrides": "10.0.0.1:3, localhost:5,[::2]:4",
      "socket.send.buffer.bytes": "102400", "connections.max.idle.ms": "-1",
    ])
    #expect(net.maximumConnectionRate == 50)
    #expect(net.listenerLimits == ["PLAINTEXT": ListenerLimits(maximumConnections: 7)])
    #expect(net.maximumConnectionsPerHostOverrides["10.0.0.1"] == 3)
    #expect(net.maximumConnectionsPerHostOverrides["127.0.0.1"] == 5)
    #expect(net.maximumConnectionsPerHostOverrides["::2"] == 4)
    #expect(net.socketSendBufferBytes == 102_400)
    #expect(net.idleMilliseconds == -1)
  }

  @Test(arguments: ["10.0.0.1", "10.0.0.1:x", "10.0.0.1:-1", "no-such-host.invalid:5"])
  func `an override that cannot be used is refused`(text: String) {
    let error = #expect(throws: UsageError.self) {
      try configuration(["max.connections.per.ip.overrides": text])
    }
    #expect(error?.description.contains("max.connections.per.ip.overrides") == true)
  }
}
