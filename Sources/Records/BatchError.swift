/// A record batch, or a record in it, is not what it must be.
package struct BatchError: Error, Equatable, Sendable {
  /// What is wrong.
  package enum Reason: Equatable, Sendable {
    /// The bytes end inside a batch.
    case truncated
    /// The length field is smaller than a batch can be.
    case lengthTooSmall
    /// Message sets of version 0 and 1, or a version that Kafka has not given out.
    case unsupportedMagic(Int8)
    case checksumMismatch
    /// The batch is larger than `message.max.bytes`.
    case tooLarge
    /// A codec number that Kafka has not given out.
    case unknownCodec
    /// The codec exists, but this request may not carry it (zstd before Produce 7).
    case codecNotAllowed
    /// The compressed records cannot be decompressed, or something follows them.
    case malformedCompression
    /// The records take more than the limit when decompressed.
    case expansionLimit
    /// The codec library refused to work: memory is short or the codec is not built in.
    case codecFailed
    /// The payload holds no batch at all.
    case noBatch
    /// The payload holds more batches than the request may carry.
    case tooManyBatches
    /// The record count is not positive, or does not agree with the last offset delta.
    case countMismatch
    /// A client may not write control batches.
    case controlBatch
    /// Producer id, epoch and sequence do not go together.
    case producerFields
    /// A client may not set the delete horizon; the log cleaner does.
    case deleteHorizon
    /// A client may not set the log-append timestamp type; the broker does.
    case timestampType
    /// A timestamp is negative, too large, or outside the topic's bounds.
    case timestampOutOfRange
    /// A length inside a record is wrong, or the records end early.
    case malformedRecord
    /// Bytes are left after the last record.
    case trailingBytes
    /// Offset deltas must be 0, 1, 2, … in what a client writes, and grow in what is stored.
    case offsetDelta
    /// A compacted topic takes no record without a key.
    case nullKey
  }

  package var reason: Reason
  /// Where the batch starts in the bytes that were checked.
  package var position: Int
  /// Which record of the batch, from 0; −1 when the batch as a whole is meant.
  package var recordIndex: Int32

  package init(_ reason: Reason, position: Int = 0, recordIndex: Int32 = -1) {
    self.reason = reason
    self.position = position
    self.recordIndex = recordIndex
  }

  /// Kafka's error code for a produce response.
  ///
  /// What passed its checksum and is still wrong gets INVALID_RECORD, which clients do not retry;
  /// CORRUPT_MESSAGE they do. An expansion over the limit gets MESSAGE_TOO_LARGE, upon which the
  /// Java producer splits the batch.
  package var code: Int16 {
    switch reason {
    case .truncated, .lengthTooSmall, .checksumMismatch: 2  // CORRUPT_MESSAGE
    case .unsupportedMagic(let magic): magic == 0 || magic == 1 ? 43 : 2
    case .tooLarge, .expansionLimit: 10  // MESSAGE_TOO_LARGE
    case .timestampType, .timestampOutOfRange: 32  // INVALID_TIMESTAMP
    case .unknownCodec, .codecNotAllowed: 76  // UNSUPPORTED_COMPRESSION_TYPE
    case .codecFailed: -1  // UNKNOWN_SERVER_ERROR
    case .malformedCompression, .noBatch, .tooManyBatches, .countMismatch, .controlBatch,
      .producerFields, .deleteHorizon, .malformedRecord, .trailingBytes, .offsetDelta, .nullKey:
      87  // INVALID_RECORD
    }
  }
}

extension BatchError: CustomStringConvertible {
  package var description: String {
    let place = recordIndex < 0 ? "" : ", record \(recordIndex)"
    return "batch at byte \(position)\(place): \(reason.text)"
  }
}

extension BatchError.Reason {
  /// What is wrong, in words that may go into a produce response's error message.
  package var text: String {
    switch self {
    case .truncated: "the bytes end inside a batch"
    case .lengthTooSmall: "the batch length is too small"
    case .unsupportedMagic(let magic): "message format version \(magic) is not supported, only 2"
    case .checksumMismatch: "the checksum does not match"
    case .tooLarge: "the batch is larger than message.max.bytes"
    case .unknownCodec: "the compression codec is unknown"
    case .codecNotAllowed: "the compression codec is not allowed in this request version"
    case .malformedCompression: "the compressed records are damaged"
    case .expansionLimit: "the records decompress to more than the limit"
    case .codecFailed: "the compression library failed"
    case .noBatch: "there is no batch"
    case .tooManyBatches: "there is more than one batch"
    case .countMismatch: "record count and last offset delta disagree"
    case .controlBatch: "clients may not write control batches"
    case .producerFields: "producer id, epoch and sequence do not go together"
    case .deleteHorizon: "clients may not set a delete horizon"
    case .timestampType: "clients may not set the log-append timestamp type"
    case .timestampOutOfRange: "a timestamp is out of range"
    case .malformedRecord: "a record is malformed"
    case .trailingBytes: "bytes follow the last record"
    case .offsetDelta: "offset deltas are not in order"
    case .nullKey: "a compacted topic needs a key in every record"
    }
  }
}
