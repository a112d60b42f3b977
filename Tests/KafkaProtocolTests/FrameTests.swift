import Platform
import Records
import Testing

@testable import KafkaProtocol

struct FrameTests {
  @Test func `records are slices of the received bytes and can be patched there`() throws {
    var payload: [UInt8] = Array(repeating: 0xab, count: 70)
    let frame = try payload.withUnsafeMutableBytes { records in
      let slice = RecordSlice(records)
      return try ProduceRequest {
        $0.acks = -1
        $0.topicData = [
          .init {
            $0.name = "flights"
            $0.partitionData = [.init { $0.records = slice }]
          }
        ]
      }.framed(correlationID: 4, version: 9).flat
    }
    try withBuffer(frame[4...]) { buffer in
      let request = try RequestFrame(buffer).decode(ProduceRequest.self)
      let topic = try #require(request.topicData.first)
      let records = try #require(topic.partitionData.first?.records).bytes
      #expect(Array(records) == payload)
      records[0] = 0x11
      let position = records.baseAddress! - buffer.baseAddress!
      #expect(buffer[position] == 0x11)
      #expect(topic.name == "flights")
      let name = topic.name.bytes.baseAddress! - UnsafeRawPointer(buffer.baseAddress!)
      #expect(name > 0 && name < position)
    }
  }

  @Test(arguments: [11, 12, 16, 18] as [Int16])
  func `a fetch answer carries file ranges between its bytes`(version: Int16) throws {
    let file = PlaceholderFile()
    let held = ByteBlock([1, 2, 3])
    func partition(_ index: Int32, _ records: RecordPayload) -> FetchResponse.Partition {
      .init {
        $0.partitionIndex = PartitionID(index)
        $0.records = records
      }
    }
    let response = FetchResponse {
      $0.responses = [
        .init {
          $0.topic = "flights"
          $0.partitions = [
            partition(0, .parts([.file(file, position: 100, count: 5000)])),
            partition(1, .empty),
            partition(2, .bytes(held)),
            partition(3, .parts([.bytes(held), .file(file, position: 0, count: 7)])),
          ]
        }
      ]
    }
    let parts = try response.framed(correlationID: 8, version: version)
    let kinds = parts.map { if case .file = $0 { "file" } else { "bytes" } }
    // Tagged fields follow the last records in flexible versions only.
    let tail = FetchRequest.api.isFlexible(version) ? ["bytes"] : []
    #expect(kinds == ["bytes", "file", "bytes", "bytes", "bytes", "bytes", "file"] + tail)

    // What a client receives, with zeros for the file's bytes.
    var received: [UInt8] = []
    for part in parts {
      switch part {
      case .bytes(let block): received += block.array
      case .file(_, _, let count): received += [UInt8](repeating: 0, count: count)
      }
    }
    #expect(received[0..<4].reduce(0) { $0 << 8 | Int($1) } == received.count - 4)
    let read = try withBuffer(received[4...]) { buffer in
      try FetchResponse.decode(frame: UnsafeRawBufferPointer(buffer), version: version).response
    }
    #expect(read.responses[0].partitions.map { $0.records.byteCount } == [5000, 0, 3, 10])
    #expect(read.responses[0].partitions[2].records == .bytes(held))
  }

  @Test func `the answer to an ApiVersions of tomorrow can be read by everyone`() throws {
    // Version 9 with a body that nobody can know.
    let frame: [UInt8] = [0, 18, 0, 9, 0, 0, 0, 5, 0, 1, 0x63, 0xde, 0xad]
    let (key, version, correlationID) = try withBuffer(frame) {
      let received = try RequestFrame($0)
      return (received.key, received.version, received.correlationID)
    }
    #expect(key == .apiVersions)
    #expect(!ApiVersionsRequest.api.versions.contains(version))
    let answer = try ApiVersionsResponse.unsupportedVersion
      .framed(correlationID: correlationID, version: 0).flat
    #expect(answer == [0, 0, 0, 16, 0, 0, 0, 5, 0, 35, 0, 0, 0, 1, 0, 18, 0, 0, 0, 4])
  }

  @Test func `an ApiVersions answer keeps the plain header and names what is served`() throws {
    let response = ApiVersionsResponse(serving: [MetadataRequest.api, ProduceRequest.api])
    let answer = try response.framed(correlationID: 5, version: 3).flat
    let expected: [UInt8] = [
      0, 0, 0, 26, 0, 0, 0, 5, 0, 0, 3,
      0, 0, 0, 0, 0, 13, 0,
      0, 3, 0, 0, 0, 13, 0,
      0, 0, 0, 0, 0,
    ]
    #expect(answer == expected)
  }

  @Test func `an unknown API still has a readable header`() throws {
    try withBuffer([0x12, 0x34, 0, 1, 0, 0, 0, 5, 0, 1, 0x63] as [UInt8]) {
      let frame = try RequestFrame($0)
      #expect(frame.key == nil)
      #expect(frame.rawKey == 0x1234)
      #expect(frame.clientID == "c")
    }
  }
}

/// A file of which only the identity matters.
private final class PlaceholderFile: File {
  let path = "placeholder"
  let descriptor: Int32 = -1
  func size() -> Int64 { 0 }
  func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int64) -> Int { 0 }
  func write(_ parts: [UnsafeRawBufferPointer], at position: Int64) {}
  func truncate(to size: Int64) {}
  func sync() {}
  func startWriteback(at position: Int64, count: Int64) {}
  func tryLock() -> Bool { true }
  func close() {}
}
