import Platform
import Testing

@testable import KafkaProtocol

/// Every message in every version, with random content.
struct RoundTripTests {
  @Test(arguments: servedRequests.indices)
  func `requests read back as they were written`(index: Int) throws {
    try check(servedRequests[index]) { try roundTripRequest($0, version: $1, seed: $2) }
  }

  @Test(arguments: servedRequests.indices)
  func `responses read back as they were written`(index: Int) throws {
    try check(servedRequests[index]) { try roundTripResponse($0, version: $1, seed: $2) }
  }

  @Test(arguments: servedRequests.indices)
  func `no beginning of a request is taken for the whole`(index: Int) throws {
    try check(servedRequests[index], rounds: 2) { try truncateRequest($0, version: $1, seed: $2) }
  }

  @Test(arguments: servedRequests.indices)
  func `no beginning of a response is taken for the whole`(index: Int) throws {
    try check(servedRequests[index], rounds: 2) { try truncateResponse($0, version: $1, seed: $2) }
  }

  @Test(arguments: servedRequests.indices)
  func `damaged requests are refused or read, never more than that`(index: Int) throws {
    try check(servedRequests[index], rounds: 6) { try damageRequest($0, version: $1, seed: $2) }
  }

  @Test(arguments: embeddedMessages.indices)
  func `embedded messages read back, and cut ones do not`(index: Int) throws {
    for version in embeddedMessages[index].versions {
      for seed in 1...8 as ClosedRange<UInt64> {
        try roundTripEmbedded(embeddedMessages[index], version: version, seed: seed)
      }
    }
  }

  private func roundTripEmbedded<M: EmbeddedMessage>(
    _ type: M.Type, version: Int16, seed: UInt64
  ) throws {
    let message = random(M.self, version: version, seed: seed)
    let bytes = try message.embedded(version: version)
    #expect(try M(embedded: bytes) == message)
    for end in 0..<bytes.count {
      #expect(throws: WireError.self) { try M(embedded: Array(bytes[..<end])) }
    }
    // A newer version only adds to the newest that is known.
    if version == M.versions.upperBound {
      #expect(try M(embedded: [0x7f, 0xff] + bytes[2...] + [1, 2, 3]) == message)
    }
  }

  private func check(
    _ request: any KafkaRequest.Type, rounds: UInt64 = 4,
    _ body: (any KafkaRequest.Type, Int16, UInt64) throws -> Void
  ) throws {
    for version in request.api.versions {
      for seed in 1...rounds { try body(request, version, seed &* 1000 &+ UInt64(version)) }
    }
  }

  private func random<M: Message>(_ type: M.Type, version: Int16, seed: UInt64) -> M {
    var filler = RandomFiller(version: version, seed: seed)
    return filler.make(M.self, nullable: false)
  }

  private func roundTripRequest<R: KafkaRequest>(
    _ type: R.Type, version: Int16, seed: UInt64
  ) throws {
    let request = random(R.self, version: version, seed: seed)
    let frame = try request.framed(correlationID: 77, version: version, clientID: "tester").flat
    #expect(frame[0..<4].reduce(0) { $0 << 8 | Int($1) } == frame.count - 4)
    try withBuffer(frame[4...]) { buffer in
      let received = try RequestFrame(buffer)
      #expect(received.key == R.api.key)
      #expect(received.version == version)
      #expect(received.correlationID == 77)
      #expect(received.clientID == "tester")
      #expect(try received.decode(R.self) == request, "\(R.self) v\(version) seed \(seed)")
    }
    // Clients leave bytes over at the end; Kafka does not mind.
    try withBuffer(frame[4...] + [0, 1, 0]) { buffer in
      let received = try RequestFrame(buffer).decode(R.self)
      #expect(received == request)
    }
  }

  private func roundTripResponse<R: KafkaRequest>(
    _ type: R.Type, version: Int16, seed: UInt64
  ) throws {
    let response = random(R.Response.self, version: version, seed: seed)
    let frame = try response.framed(correlationID: -5, version: version).flat
    #expect(frame[0..<4].reduce(0) { $0 << 8 | Int($1) } == frame.count - 4)
    try withBuffer(frame[4...]) { buffer in
      let read = try R.Response.decode(frame: UnsafeRawBufferPointer(buffer), version: version)
      #expect(read.correlationID == -5)
      #expect(read.response == response, "\(R.Response.self) v\(version) seed \(seed)")
    }
  }

  private func truncateRequest<R: KafkaRequest>(
    _ type: R.Type, version: Int16, seed: UInt64
  ) throws {
    let request = random(R.self, version: version, seed: seed)
    let frame = try request.framed(correlationID: 1, version: version).flat
    for end in 4..<frame.count {
      withBuffer(frame[4..<end]) { buffer in
        #expect(throws: WireError.self, "\(R.self) v\(version) \(end) of \(frame.count)") {
          try RequestFrame(buffer).decode(R.self)
        }
      }
    }
  }

  private func truncateResponse<R: KafkaRequest>(
    _ type: R.Type, version: Int16, seed: UInt64
  ) throws {
    let response = random(R.Response.self, version: version, seed: seed)
    let frame = try response.framed(correlationID: 1, version: version).flat
    for end in 4..<frame.count {
      withBuffer(frame[4..<end]) { buffer in
        #expect(throws: WireError.self, "\(R.Response.self) v\(version) \(end)") {
          try R.Response.decode(frame: UnsafeRawBufferPointer(buffer), version: version)
        }
      }
    }
  }

  private func damageRequest<R: KafkaRequest>(
    _ type: R.Type, version: Int16, seed: UInt64
  ) throws {
    let random = SeededRandom(seed: seed)
    let request = self.random(R.self, version: version, seed: seed)
    let frame = try request.framed(correlationID: 1, version: version).flat
    for _ in 0..<20 {
      var damaged = Array(frame[4...])
      for _ in 0...random.below(3) {
        damaged[random.below(damaged.count)] = [0, 0x7f, 0x80, 0xff][random.below(4)]
      }
      withBuffer(damaged) { buffer in
        // What still reads must be as short in memory as it is on the wire.
        guard let read = try? RequestFrame(buffer).decode(R.self) else { return }
        #expect((try? read.framed(correlationID: 1, version: version)) != nil)
      }
    }
  }
}
