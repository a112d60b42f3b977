import Testing

@testable import Net

/// Frames that wait for the reply to an earlier one.
@Suite struct DeliveryOrderTests {
  /// What the server heard, and the connections whose frame [1] it has not answered.
  private final class Waiting: @unchecked Sendable {
    let heard = Box<[UInt8]>([])
    let owed = Box<[(Connection, ReplySlot)]>([])
    let closedCount = Box(0)

    /// Answers all frames but those that begin with 1: nothing may overtake them.
    func serve() throws -> TestServer {
      try TestServer { delegate in
        delegate.onFrame = { [self] bytes, connection in
          heard.value.withLock { $0.append(bytes[0]) }
          let slot = connection.reserveReply()
          guard bytes[0] == 1 else {
            connection.fulfil(slot, part: .bytes(reply([bytes[0]])))
            return connection.deliverNothing(before: slot)
          }
          owed.value.withLock { $0.append((connection, slot)) }
          connection.deliverNothing(before: slot)
        }
        delegate.onClosed = { [self] _ in closedCount.value.withLock { $0 += 1 } }
      }
    }

    func answer() {
      let owed = owed.value.withLock { owed in
        defer { owed = [] }
        return owed
      }
      for (connection, slot) in owed {
        connection.loop.post { connection.fulfil(slot, part: .bytes(reply([1]))) }
      }
    }
  }

  @Test func `frames behind an owed reply wait for it, however they come`() throws {
    let waiting = Waiting()
    let server = try waiting.serve()
    let (client, other) = (try server.connect(), try server.connect())
    let large = frame([4] + [UInt8](repeating: 7, count: 300_000))
    for begin in [0, 2, 5, 100, large.count - 1] {
      try client.send(frame([1]) + large[..<begin])
      #expect(eventually { waiting.heard.current == [1] })
      for part in [large[begin...], frame([2])[0..<3], frame([2])[3...]] {
        try client.send(Array(part))
        // Others are served, and nothing of this one has been delivered behind their backs.
        try other.sendFrame([9])
        #expect(try other.receiveFrame() == [9])
      }
      #expect(!waiting.heard.current.contains { $0 == 4 || $0 == 2 })
      waiting.answer()
      #expect(try client.receiveFrame() == [1])
      #expect(try client.receiveFrame() == [4])
      #expect(try client.receiveFrame() == [2])
      waiting.heard.value.withLock { $0 = [] }
    }
  }

  @Test func `a peer that goes while its reply is owed is noticed`() throws {
    let waiting = Waiting()
    let server = try waiting.serve()
    let (polite, rude) = (try server.connect(), try server.connect())
    try polite.sendFrame([1])
    try rude.sendFrame([1])
    #expect(eventually { waiting.heard.current.count == 2 })
    polite.endSending()
    #expect(eventually { waiting.closedCount.current == 1 })
    rude.reset()
    #expect(eventually { waiting.closedCount.current == 2 })
    waiting.answer()
  }

  @Test func `a server stops in spite of frames that wait`() throws {
    let waiting = Waiting()
    let server = try waiting.serve()
    let client = try server.connect()
    try client.send(frame([1]) + frame([2]))
    #expect(eventually { waiting.heard.current == [1] })
    server.group.stop()
    #expect(waiting.closedCount.current == 1 && waiting.heard.current == [1])
  }
}
