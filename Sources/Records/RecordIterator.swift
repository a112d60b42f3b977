/// Walks the records of one batch without copying them.
///
/// It trusts nothing but the batch's length: the checksum is the caller's business. Records may
/// have gaps between them, as compaction and the cold tier leave them. Compressed batches are
/// decompressed whole into the decompressor's scratch first, so views of one batch end with the
/// next batch that the same decompressor takes on.
@frozen
package struct RecordIterator {
  package let header: BatchHeader
  @usableFromInline var reader: RecordReader
  @usableFromInline var index: Int32 = 0
  @usableFromInline var lastDelta: Int32 = -1

  /// `batch` is one whole batch, and may be followed by more bytes. Control batches are walked
  /// like others; `ControlRecord` reads their keys.
  package init(
    batch: UnsafeRawBufferPointer, decompressor: Decompressor,
    limit: Int = BatchLimits.expansionCeiling
  ) throws(BatchError) {
    guard let header = BatchHeader(batch), let base = batch.baseAddress else {
      throw BatchError(.truncated)
    }
    guard header.magic == BatchHeader.currentMagic else {
      throw BatchError(.unsupportedMagic(header.magic))
    }
    guard header.byteCount >= BatchHeader.headerByteCount else {
      throw BatchError(.lengthTooSmall)
    }
    guard header.byteCount <= batch.count else { throw BatchError(.truncated) }
    guard let compression = header.compression else { throw BatchError(.unknownCodec) }
    guard header.recordCount >= 0 else { throw BatchError(.countMismatch) }
    let stored = UnsafeRawBufferPointer(
      start: base + BatchHeader.headerByteCount,
      count: header.byteCount - BatchHeader.headerByteCount)
    let records = try decompressor.decompress(
      stored, as: compression, limit: compression == .none ? stored.count : limit)
    self.header = header
    reader = RecordReader(start: records.baseAddress ?? base, count: records.count)
  }

  /// The next record, or nil after the last.
  @inlinable
  package mutating func next() throws(BatchError) -> RecordView? {
    guard index < header.recordCount else {
      guard reader.isAtEnd else { throw BatchError(.trailingBytes) }
      return nil
    }
    guard let raw = reader.record() else {
      throw BatchError(.malformedRecord, recordIndex: index)
    }
    guard raw.offsetDelta > lastDelta, raw.offsetDelta <= header.lastOffsetDelta else {
      throw BatchError(.offsetDelta, recordIndex: index)
    }
    var timestamp = header.maxTimestamp
    if header.timestampType == .create {
      let (sum, overflow) = header.baseTimestamp.addingReportingOverflow(raw.timestampDelta)
      guard !overflow else { throw BatchError(.timestampOutOfRange, recordIndex: index) }
      timestamp = sum
    }
    lastDelta = raw.offsetDelta
    index += 1
    return RecordView(
      offset: Offset(header.baseOffset.rawValue &+ Int64(raw.offsetDelta)),
      timestamp: timestamp,
      key: raw.keyCount < 0
        ? nil : UnsafeRawBufferPointer(start: raw.key, count: Int(raw.keyCount)),
      value: raw.valueCount < 0
        ? nil : UnsafeRawBufferPointer(start: raw.value, count: Int(raw.valueCount)),
      headers: RecordHeaders(
        count: raw.headerCount,
        bytes: UnsafeRawBufferPointer(start: raw.headers, count: raw.end - raw.headers)))
  }
}
