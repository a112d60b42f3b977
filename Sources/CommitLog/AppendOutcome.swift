import Records

/// One whole, checked batch on its way into the log.
///
/// `bytes` belong to the caller (as a rule they lie in a receive buffer). The log writes base
/// offset and leader epoch into them, which lie outside the checksum.
package struct BatchAppend {
  package let bytes: UnsafeMutableRawBufferPointer
  package let header: BatchHeader
  package let origin: AppendOrigin
  /// What lets a transactional batch begin a transaction; it needs none while one is open.
  package let verification: VerificationGuard?
  /// What a control batch ends.
  var marker: TransactionMarker?

  /// `header` must have been read from `bytes`, and its `byteCount` be theirs.
  package init(
    bytes: UnsafeMutableRawBufferPointer, header: BatchHeader, origin: AppendOrigin = .client,
    verification: VerificationGuard? = nil
  ) {
    self.bytes = bytes
    self.header = header
    self.origin = origin
    self.verification = verification
  }
}

/// Who wrote a batch: what is checked of its sequence numbers.
package enum AppendOrigin: Sendable {
  /// A client without transactions, or with transactions V1.
  case client
  /// A client with transactions V2 (Produce 12): what it begins with has sequence number 0.
  case clientV2
  /// A coordinator of this broker: its batches have no sequence numbers.
  case coordinator
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
  /// INVALID_TXN_STATE (48): a transactional batch outside of a transaction, or one that is not
  /// transactional inside.
  case invalidTransactionState
  /// TRANSACTION_COORDINATOR_FENCED (52).
  case coordinatorFenced

  /// Where the batch lies in the log; nil when it was refused.
  package var baseOffset: Offset? {
    switch self {
    case .appended(let offset), .duplicate(let offset): offset
    case .outOfOrderSequence, .invalidProducerEpoch, .invalidTransactionState, .coordinatorFenced:
      nil
    }
  }
}
