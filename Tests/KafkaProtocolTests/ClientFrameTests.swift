import Records
import Testing

@testable import KafkaProtocol

/// Requests that real clients sent, kept in `Facts/client-frames.txt`.
struct ClientFrameTests {
  private struct ClientFrame {
    let client: String
    let api: String
    let version: Int16
    let bytes: [UInt8]
  }

  private func load() throws -> [ClientFrame] {
    try factLines("client-frames.txt", beside: #filePath).filter { !$0.hasPrefix("#") }.map {
      line in
      let words = line.split(separator: " ")
      let digits = Array(words[3])
      let bytes = stride(from: 0, to: digits.count, by: 2).map {
        UInt8(String(digits[$0...$0 + 1]), radix: 16)!
      }
      return ClientFrame(
        client: String(words[0]), api: String(words[1]), version: Int16(words[2])!, bytes: bytes)
    }
  }

  @Test func `every captured frame reads, and writes again to the same bytes`() throws {
    let frames = try load()
    #expect(frames.count > 40)
    for frame in frames {
      let request = try #require(servedRequests.first { $0.api.key.name == frame.api })
      try check(frame, request)
    }
  }

  private func check<R: KafkaRequest>(_ frame: ClientFrame, _ type: R.Type) throws {
    try withBuffer(frame.bytes) { buffer in
      let received = try RequestFrame(buffer)
      #expect(received.version == frame.version)
      #expect(received.clientID.map { String($0) } == frame.client)
      let request = try received.decode(R.self)
      let again = try request.framed(
        correlationID: received.correlationID, version: frame.version, clientID: frame.client)
      #expect(
        Array(again.flat[4...]) == frame.bytes, "\(frame.client) \(frame.api) \(frame.version)")
    }
  }

  private func decode<R: KafkaRequest>(
    _ type: R.Type, from client: String, check: (R) throws -> Void
  ) throws {
    let frame = try #require(
      try load().first { $0.client == client && $0.api == R.api.key.name })
    try withBuffer(frame.bytes) { try check(try RequestFrame($0).decode(R.self)) }
  }

  @Test func `kcat's produce carries its two records`() throws {
    try decode(ProduceRequest.self, from: "kcat") { request in
      #expect(request.acks == -1)
      #expect(request.transactionalID == nil)
      #expect(request.topicData.map { String($0.name) } == ["flights"])
      let records = try #require(request.topicData[0].partitionData[0].records)
      #expect(records.bytes[16] == 2, "magic")
      #expect(records.bytes[26] == 1, "last offset delta")
    }
  }

  @Test func `librdkafka's fetch names its topic by id`() throws {
    try decode(FetchRequest.self, from: "librdkafka") { request in
      #expect(request.maxBytes == 52_428_800)
      #expect(request.isolationLevel == 1)
      #expect(request.topics[0].topic == "")
      #expect(request.topics[0].topicID.description == "ESIzRFVmR4iZqrvM3e7_AA")
      #expect(request.topics[0].partitions[0].fetchOffset == Offset(0))
    }
  }

  @Test func `kafka-python's join brings a subscription`() throws {
    try decode(JoinGroupRequest.self, from: "kafka-python") { request in
      #expect(request.groupID == "g2")
      #expect(request.protocolType == "consumer")
      let subscription = try ConsumerProtocolSubscription(
        embedded: try #require(request.protocols.first).metadata)
      #expect(subscription.topics == ["flights"])
    }
  }

  @Test func `aiokafka asks for the brokers without naming a topic`() throws {
    try decode(MetadataRequest.self, from: "aiokafka") { request in
      #expect(request.topics == [])
      #expect(request.allowAutoTopicCreation)
    }
  }
}
