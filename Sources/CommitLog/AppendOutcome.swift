import Records

/// One whole, checked batch on its way into the log.
///
/// `bytes` belong to the caller (as a rule they lie in a receive buffer). The log writes base
/// offset and leader epoch into them, which lie outside the checksum.
package struct BatchAppend {
  package let bytes: UnsafeMutableRawBufferPointer
  package let header: BatchHeader

  /// `header` must have been read from `bytes`, and its `byteCount` be theirs.
  @inlinable
  package init(bytes: UnsafeMutableRawBufferPointer, header: BatchHeader) {
    self.bytes = bytes
    self.header = header
  }
}

/// What became of one batch of an append.
package enum AppendOutcome: Sendable, Equatable {
  case appended(baseOffset: Offset)
  /// The batch is in the log already, at `baseOffset`: to be answered as a success (KIP-98).
  case duplicate(baseOffset: Offset)
  /// OUT_OF_ORDER_SEQUENCE_NUMBER (45).
  case outOfOrderSequence
  /// INVALID_PRODUCER_EPOCH (47).
  case invalidProducerEpoch

  /// Where the batch lies in the log; nil when it was refused.
  package var baseOffset: Offset? {
    switch self {
    case .appended(let offset), .duplicate(let offset): offset
    case .outOfOrderSequence, .invalidProducerEpoch: nil
    }
  }
}
