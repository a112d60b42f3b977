import Cluster
import KafkaProtocol
import Net
import Platform
import Testing

@testable import Broker

/// A broker in this process, on a directory and a port of its own, and one connection to it.
final class RunningBroker {
  private let path = "/tmp/varve-broker-\(SystemRandom().next())"
  private let broker: Broker
  private let socket: ClientSocket
  private var correlationID: Int32 = 0

  init() throws {
    let config = try BrokerConfig(
      file: nil,
      overrides: [
        "listeners": "PLAINTEXT://127.0.0.1:0", "log.dirs": path, "lake.url": "memory:",
        "offsets.topic.num.partitions": "1", "group.initial.rebalance.delay.ms": "0",
        "num.network.threads": "1", "share.coordinator.state.topic.num.partitions": "1",
      ])
    broker = try Broker(
      config: config,
      environment: BrokerEnvironment(log: Logger(part: "test", minimum: .error), cores: 1))
    let address = broker.addresses[0]
    socket = try ClientSocket(
      host: address.host, port: address.port, timeoutMilliseconds: 20_000)
  }

  deinit {
    try? broker.stop()
    try? PosixFileSystem().removeTree(path)
  }

  /// Sends the request and returns what comes back, after the frame's length.
  func exchange<Request: KafkaRequest>(_ request: Request, version: Int16) throws -> ByteBlock {
    correlationID += 1
    let parts = try request.framed(
      correlationID: correlationID, version: version, clientID: "sweep")
    for case .bytes(let block) in parts {
      try socket.send(block.bytes)
      withExtendedLifetime(block) {}
    }
    var length: UInt32 = 0
    try withUnsafeMutableBytes(of: &length) { (bytes) throws(NetError) in
      try socket.receive(into: bytes)
    }
    let count = Int(UInt32(bigEndian: length))
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 16)
    let block = ByteBlock(adopting: bytes, count: count)
    try socket.receive(into: UnsafeMutableRawBufferPointer(start: bytes, count: count))
    return block
  }

  /// Sends the request and reads the answer, all of it.
  func ask<Request: KafkaRequest>(_ request: Request, version: Int16) throws -> Request.Response {
    let block = try exchange(request, version: version)
    let (id, answer) = try Request.Response.decode(frame: block.bytes, version: version)
    #expect(id == correlationID)
    var byteCount = 0
    for case .bytes(let part) in try answer.framed(correlationID: id, version: version) {
      byteCount += part.count
    }
    #expect(byteCount == block.count + 4, "\(Request.self) v\(version): bytes are left over")
    withExtendedLifetime(block) {}
    return answer
  }

  func ask<Request: KafkaRequest>(_ request: Request) throws -> Request.Response {
    try ask(request, version: Request.api.versions.upperBound)
  }
}
