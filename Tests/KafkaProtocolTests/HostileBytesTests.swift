import Platform
import Records
import Testing

@testable import KafkaProtocol

/// Lengths, counts and tags that lie.
struct HostileBytesTests {
  private static let plainHeader: [UInt8] = [0, 3, 0, 1, 0, 0, 0, 9, 0xff, 0xff]
  private static let flexibleHeader: [UInt8] = [0, 3, 0, 12, 0, 0, 0, 9, 0xff, 0xff, 0]

  private func problem<R: KafkaRequest>(_ type: R.Type, _ frame: [UInt8]) -> WireError.Problem? {
    withBuffer(frame) { buffer in
      do throws(WireError) {
        _ = try RequestFrame(buffer).decode(R.self)
        return nil
      } catch {
        return error.problem
      }
    }
  }

  @Test(arguments: [
    ([0x7f, 0xff, 0xff, 0xff], WireError.Problem.lengthBeyondEnd),
    ([0x00, 0x00, 0x00, 0x21], .lengthBeyondEnd),
    ([0x80, 0x00, 0x00, 0x00], .negativeLength),
    ([0xff, 0xff, 0xff, 0xfe], .negativeLength),
  ])
  func `a count that the bytes cannot hold is refused`(
    count: [UInt8], expected: WireError.Problem
  ) {
    let rest = [UInt8](repeating: 0, count: 40)
    #expect(problem(MetadataRequest.self, Self.plainHeader + count + rest) == expected)
  }

  @Test(arguments: [
    ([0xff, 0xff, 0xff, 0xff, 0x0f], WireError.Problem.lengthBeyondEnd),
    ([0xff, 0xff, 0xff, 0xff, 0x10], .overlongVarint),
    ([0x80, 0x80, 0x80, 0x80, 0x80, 0x01], .overlongVarint),
    ([0xff, 0xff, 0xff, 0xff, 0xff], .overlongVarint),
    ([0x80], .truncated),
  ])
  func `a compact count is bounded in width and in value`(
    count: [UInt8], expected: WireError.Problem
  ) {
    #expect(problem(MetadataRequest.self, Self.flexibleHeader + count) == expected)
  }

  @Test func `a count is held against what its elements take at least`() {
    // A topic of Metadata version 12 takes 18 bytes: 100 of them do not fit 1,000.
    let frame = Self.flexibleHeader + [101] + [UInt8](repeating: 0, count: 1000)
    #expect(problem(MetadataRequest.self, frame) == .lengthBeyondEnd)
  }

  @Test func `more elements than are taken are refused although their bytes are there`() {
    // ListGroups 4: an array of strings of one byte each.
    let header: [UInt8] = [0, 16, 0, 4, 0, 0, 0, 9, 0xff, 0xff, 0]
    let count = Decoder.maximumElementCount + 1
    var compact: [UInt8] = []
    var rest = count + 1
    while rest >= 0x80 {
      compact.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    compact.append(UInt8(rest))
    let frame = header + compact + [UInt8](repeating: 1, count: count) + [0]
    #expect(problem(ListGroupsRequest.self, frame) == .tooManyElements)
  }

  @Test func `null is refused where it may not be`() {
    // DeleteGroups 0 and 2: an array that is never null, then a string that is never null.
    #expect(
      problem(
        DeleteGroupsRequest.self, [0, 42, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])
        == .unexpectedNull)
    #expect(
      problem(DeleteGroupsRequest.self, [0, 42, 0, 2, 0, 0, 0, 1, 0xff, 0xff, 0, 2, 0, 0])
        == .unexpectedNull)
    // Metadata: all topics is null from version 1 on, but never in version 0.
    let null: [UInt8] = [0xff, 0xff, 0xff, 0xff]
    #expect(problem(MetadataRequest.self, Self.plainHeader + null) == nil)
    let versionZero: [UInt8] = [0, 3, 0, 0, 0, 0, 0, 9, 0xff, 0xff]
    #expect(problem(MetadataRequest.self, versionZero + null) == .unexpectedNull)
  }

  @Test func `text must be UTF-8, in slices too`() {
    let bad: [UInt8] = [0, 2, 0xc0, 0xaf]
    #expect(
      problem(DeleteGroupsRequest.self, [0, 42, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 0, 0, 0, 1] + bad)
        == .invalidUTF8)
    let header: [UInt8] = [0, 0, 0, 3, 0, 0, 0, 1, 0xff, 0xff]
    let body: [UInt8] = [0xff, 0xff, 0, 1, 0, 0, 0, 9, 0, 0, 0, 1] + bad + [0, 0, 0, 0]
    #expect(problem(ProduceRequest.self, header + body) == .invalidUTF8)
    #expect(problem(ProduceRequest.self, [0, 0, 0, 3, 0, 0, 0, 1] + bad) == .invalidUTF8)
  }

  @Test func `a string above the old format's limit is refused in the compact one too`() {
    let text = [UInt8](repeating: 0x61, count: 32_768)
    let frame: [UInt8] =
      [0, 42, 0, 2, 0, 0, 0, 1, 0xff, 0xff, 0, 2, 0x81, 0x80, 0x02] + text + [0]
    #expect(problem(DeleteGroupsRequest.self, frame) == .lengthTooLarge)
    let long = DeleteGroupsRequest { $0.groupsNames = [String(repeating: "a", count: 32_768)] }
    #expect(throws: WireError.self) { try long.framed(correlationID: 1, version: 2) }
  }

  @Test(arguments: [
    // Unknown tags are skipped, whatever is in them.
    ([2, 5, 1, 0xaa, 9, 0], WireError.Problem?.none),
    ([1, 0xff, 0xff, 0xff, 0xff, 0x0f, 0], nil),
    ([2, 5, 0, 5, 0], .tagOutOfOrder),
    ([2, 5, 0, 4, 0], .tagOutOfOrder),
    ([1, 5, 2, 0xaa], .lengthBeyondEnd),
    ([0x7f, 0, 0], .lengthBeyondEnd),
    ([1, 5, 0, 0], nil),
  ])
  func `tagged fields that nobody knows are skipped in order`(
    tags: [UInt8], expected: WireError.Problem?
  ) {
    // Heartbeat 4: empty ids, generation 0, no instance id.
    let frame: [UInt8] = [0, 12, 0, 4, 0, 0, 0, 1, 0xff, 0xff, 0, 1, 0, 0, 0, 0, 1, 0] + tags
    #expect(problem(HeartbeatRequest.self, frame) == expected)
  }

  @Test(arguments: [
    // Fetch 12 knows tag 0, a nullable string: here "ab" and null.
    ([1, 0, 3, 3, 0x61, 0x62], "ab", WireError.Problem?.none),
    ([1, 0, 1, 0], nil, nil),
    ([0], nil, nil),
    ([2, 0, 3, 3, 0x61, 0x62, 7, 1, 0], "ab", nil),
    ([1, 0, 4, 3, 0x61, 0x62, 0], nil, .tagSizeMismatch),
    ([1, 0, 2, 3, 0x61, 0x62], nil, .lengthBeyondEnd),
  ])
  func `a known tagged field has exactly its announced size`(
    tags: [UInt8], clusterID: String?, expected: WireError.Problem?
  ) throws {
    let fields = [UInt8](repeating: 0, count: 4 * 4 + 1 + 4 + 4) + [1, 1, 1]
    let frame: [UInt8] = [0, 1, 0, 12, 0, 0, 0, 1, 0xff, 0xff, 0] + fields + tags
    #expect(problem(FetchRequest.self, frame) == expected)
    if expected == nil {
      let request = try withBuffer(frame) { try RequestFrame($0).decode(FetchRequest.self) }
      #expect(request.clusterID == clusterID)
    }
  }

  @Test func `a version that is not described is refused`() {
    #expect(
      problem(ProduceRequest.self, [0, 0, 0, 2, 0, 0, 0, 1, 0xff, 0xff]) == .unsupportedVersion)
    #expect(
      problem(ProduceRequest.self, [0, 0, 0x7f, 0xff, 0, 0, 0, 1, 0xff, 0xff])
        == .unsupportedVersion)
  }

  @Test func `a header cut anywhere is refused`() {
    let header: [UInt8] = [0, 18, 0, 3, 0, 0, 0, 1, 0, 2, 0x61, 0x62]
    for end in 0..<header.count {
      withBuffer(header[..<end]) { buffer in
        #expect(throws: WireError.self) { try RequestFrame(buffer) }
      }
    }
  }
}
