import Platform

/// The record batches of one partition in an answer: never copied into it, but sent as they are.
package enum RecordPayload: Sendable {
  /// No records. Written as no bytes, not as null, which librdkafka does not take.
  case empty
  case bytes(ByteBlock)
  /// Ranges of segment files, and bytes between them.
  case parts([OutputPart])

  package var byteCount: Int {
    switch self {
    case .empty: 0
    case .bytes(let block): block.count
    case .parts(let parts): parts.reduce(0) { $0 + $1.count }
    }
  }
}

extension RecordPayload: Equatable {
  /// Compares bytes in memory by content and ranges of files by where they are.
  package static func == (a: RecordPayload, b: RecordPayload) -> Bool {
    let (left, right) = (a.outputParts, b.outputParts)
    guard left.count == right.count else { return false }
    return zip(left, right).allSatisfy { pair in
      switch pair {
      case (.bytes(let one), .bytes(let other)):
        one.bytes.elementsEqual(other.bytes)
      case (.file(let one, let position, let count), .file(let other, let from, let otherCount)):
        one === other && position == from && count == otherCount
      default:
        false
      }
    }
  }

  private var outputParts: [OutputPart] {
    switch self {
    case .empty: []
    case .bytes(let block): block.count == 0 ? [] : [.bytes(block)]
    case .parts(let parts): parts.filter { $0.count > 0 }
    }
  }
}

extension RecordPayload: WireValue {
  package static var wireType: WireType { .records }
  package static var isNullable: Bool { true }
  package static var absent: RecordPayload { .empty }

  /// Copies the bytes.
  package static func read(
    from decoder: inout Decoder, nullable: Bool
  ) throws(WireError) -> RecordPayload {
    guard let bytes = try decoder.blob(.bytes, nullable: nullable), bytes.count > 0 else {
      return .empty
    }
    return .bytes(ByteBlock(copying: UnsafeRawBufferPointer(bytes)))
  }

  package static func write(
    _ value: inout RecordPayload, to encoder: inout Encoder, nullable: Bool
  ) throws(WireError) {
    try encoder.payload(value.outputParts)
  }

  package static func minimumByteCount(version: Int16, isFlexible: Bool) -> Int { 1 }
}
