import Glibc
import Platform
import Synchronization
import Testing

@testable import Net

struct ConnectionSendTests {
  @Test func `replies leave in request order whatever the order they are given in`() throws {
    let server = try TestServer { delegate in
      let random = SeededRandom(seed: 5)
      nonisolated(unsafe) var waiting: [(Connection, ReplySlot, [UInt8])] = []
      delegate.onFrame = { bytes, connection in
        waiting.append((connection, connection.reserveReply(), Array(bytes)))
      }
      // Some at once, some out of order, some an iteration later.
      delegate.onEnd = {
        while waiting.count > 3 {
          let (connection, slot, bytes) = waiting.remove(at: random.below(waiting.count))
          switch random.below(3) {
          case 0: connection.fulfil(slot, part: .bytes(reply(bytes)))
          case 1: frame(bytes).withUnsafeBytes { connection.fulfil(slot, copying: $0) }
          default:
            connection.fulfil(
              slot,
              parts: [.bytes(ByteBlock(Array(frame(bytes).prefix(4)))), .bytes(ByteBlock(bytes))])
          }
        }
        if !waiting.isEmpty {
          let late = waiting
          waiting = []
          delegate.loop.schedule(afterMilliseconds: 1) {
            for (connection, slot, bytes) in late.reversed() {
              connection.fulfil(slot, part: .bytes(reply(bytes)))
            }
          }
        }
      }
    }
    let client = try server.connect()
    for burst in 0..<20 {
      var bytes: [UInt8] = []
      for number in 0..<50 { bytes += frame(Array("\(burst)/\(number)".utf8)) }
      try client.send(bytes)
      for number in 0..<50 {
        #expect(try client.receiveFrame() == Array("\(burst)/\(number)".utf8))
      }
    }
    #expect(eventually { server.counters.repliesOut.current == 1_000 })
  }

  @Test func `file ranges and bytes interleave in one reply`() throws {
    let folder = try TemporaryFolder()
    let content = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 13) }
    let file = try folder.file("segment.log", content)
    let server = try TestServer { delegate in
      delegate.onFrame = { _, connection in
        connection.fulfil(
          connection.reserveReply(),
          parts: [
            .bytes(ByteBlock([1, 2])), .file(file, position: 10, count: 5_000),
            .bytes(ByteBlock([3])), .file(file, position: 0, count: 3_000_000),
            .file(file, position: 7, count: 0), .file(file, position: 99, count: 1),
            .bytes(ByteBlock([4])),
          ])
      }
    }
    let client = try server.connect()
    for _ in 0..<3 { try client.sendFrame([0]) }
    let expected = [1, 2] + content[10..<5_010] + [3] + content + [content[99], 4]
    for _ in 0..<3 { #expect(try client.receive(expected.count) == expected) }
  }

  @Test func `a file that ends too early closes the connection`() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("short.log", [1, 2, 3])
    let server = try TestServer { delegate in
      delegate.onFrame = { _, connection in
        connection.fulfil(
          connection.reserveReply(), part: .file(file, position: 0, count: 4))
      }
    }
    let client = try server.connect()
    try client.sendFrame([0])
    #expect(try client.receive(10) == [1, 2, 3])
    #expect(eventually { server.counters.closed.current == 1 })
  }

  @Test func `a file without a descriptor is read and sent`() throws {
    let content = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* 17) }
    let server = try TestServer { delegate in
      delegate.onFrame = { _, connection in
        connection.fulfil(
          connection.reserveReply(),
          parts: [
            .file(MemoryFile(content), position: 1, count: 699_999), .bytes(ByteBlock([8])),
          ])
      }
    }
    let client = try server.connect()
    try client.sendFrame([0])
    #expect(try client.receive(700_000) == content[1...] + [8])
  }

  @Test func `a client that does not read stops being served, and memory stays bounded`() throws {
    var configuration = NetConfiguration()
    configuration.pendingOutputBytes = 200_000
    let most = Box(0)
    let server = try TestServer(configuration) { delegate in
      delegate.onFrame = { bytes, connection in
        let slot = connection.reserveReply()
        connection.fulfil(
          slot, part: .bytes(reply(Array(bytes) + Array(repeating: 1, count: 50_000))))
        most.value.withLock { $0 = max($0, connection.pendingOutputBytes) }
      }
    }
    let client = try server.connect(receiveBuffer: 8_192)
    let requests = 2_000
    var bytes: [UInt8] = []
    for number in 0..<requests { bytes += frame([UInt8(number >> 8), UInt8(number & 255)]) }
    try client.send(bytes)
    // Not all are taken up: the server waits for the reader.
    #expect(eventually { server.counters.bytesIn.current > 0 })
    #expect(server.onLoop { _ in true } == true)
    #expect(server.counters.framesIn.current < requests)
    for number in 0..<requests {
      let reply = try client.receiveFrame()
      #expect(reply?.prefix(2) == [UInt8(number >> 8), UInt8(number & 255)])
    }
    #expect(most.current <= 200_000 + 50_006)
  }

  @Test func `a connection closed after its replies sends them first`() throws {
    let server = try TestServer { delegate in
      delegate.onFrame = { bytes, connection in
        let slot = connection.reserveReply()
        connection.closeAfterReplies(.refused("not authenticated"))
        delegate.loop.schedule(afterMilliseconds: 5) {
          connection.fulfil(slot, part: .bytes(reply(Array(bytes))))
        }
      }
    }
    let client = try server.connect()
    try client.send(frame([1]) + frame([2]))
    #expect(try client.receiveFrame() == [1])
    #expect(try client.isClosedByServer())
    #expect(server.counters.framesIn.current == 1)
  }

  @Test func `a stopping server sends the replies that it owes`() throws {
    let waiting = Box<[(Connection, ReplySlot)]>([])
    let server = try TestServer { delegate in
      delegate.onFrame = { _, connection in
        waiting.value.withLock { $0.append((connection, connection.reserveReply())) }
      }
    }
    let client = try server.connect()
    try client.sendFrame([1])
    #expect(eventually { waiting.current.count == 1 })
    let loop = server.group.loops[0]
    loop.stop(drainMilliseconds: 10_000)
    loop.post {
      for (connection, slot) in waiting.current {
        connection.fulfil(slot, part: .bytes(reply([7])))
      }
    }
    #expect(try client.receiveFrame() == [7])
    #expect(try client.isClosedByServer())
  }
}
