/// Checks what producers send, so that nothing that is acknowledged can fail to be read, served or
/// settled later.
///
/// Belongs to one thread at a time. Compressed batches are decompressed to be checked, and stay
/// compressed in the log.
package final class BatchValidator {
  private let decompressor: Decompressor

  package init(decompressor: Decompressor = Decompressor()) {
    self.decompressor = decompressor
  }

  /// Splits a partition's `records` into batches, checks each and appends them to `batches`.
  ///
  /// `now` is the wall clock in milliseconds. Under log-append time it becomes the batch's
  /// timestamp; under create time a wrong max timestamp in the header is put right, as Kafka does.
  /// In both cases the checksum is written anew in place. When it throws, `batches` is as before.
  package func validate(
    _ records: UnsafeMutableRawBufferPointer, limits: BatchLimits, now: Int64,
    into batches: inout [ValidatedBatch]
  ) throws(BatchError) {
    let before = batches.count
    var position = 0
    do throws(BatchError) {
      repeat {
        guard batches.count - before < limits.maximumBatchCount else {
          throw BatchError(.tooManyBatches)
        }
        let rest = UnsafeMutableRawBufferPointer(rebasing: records[position...])
        let batch = try split(rest, limits: limits)
        batches.append(try validate(batch, limits: limits, now: now))
        position += batch.bytes.count
      } while position < records.count
    } catch {
      batches.removeSubrange(before...)
      decompressor.trim()
      throw BatchError(error.reason, position: position, recordIndex: error.recordIndex)
    }
    decompressor.trim()
  }

  /// The batches of a partition's `records`, each checked.
  package func validate(
    _ records: UnsafeMutableRawBufferPointer, limits: BatchLimits, now: Int64
  ) throws(BatchError) -> [ValidatedBatch] {
    var batches: [ValidatedBatch] = []
    try validate(records, limits: limits, now: now, into: &batches)
    return batches
  }

  /// Finds the batch at the front of `rest` by its length.
  private func split(
    _ rest: UnsafeMutableRawBufferPointer, limits: BatchLimits
  ) throws(BatchError) -> ValidatedBatch {
    guard rest.count > 0 else { throw BatchError(.noBatch) }
    // The magic stands at the same place in every version; older ones have shorter headers.
    guard rest.count > BatchHeader.Position.magic else { throw BatchError(.truncated) }
    let magic = rest.load(fromByteOffset: BatchHeader.Position.magic, as: Int8.self)
    guard magic == BatchHeader.currentMagic else { throw BatchError(.unsupportedMagic(magic)) }
    guard let header = BatchHeader(UnsafeRawBufferPointer(rest)) else {
      throw BatchError(.truncated)
    }
    guard header.byteCount >= BatchHeader.headerByteCount else {
      throw BatchError(.lengthTooSmall)
    }
    guard header.byteCount <= limits.maximumBatchByteCount else { throw BatchError(.tooLarge) }
    guard header.byteCount <= rest.count else { throw BatchError(.truncated) }
    return ValidatedBatch(
      header: header, bytes: UnsafeMutableRawBufferPointer(rebasing: rest[..<header.byteCount]))
  }

  private func validate(
    _ batch: ValidatedBatch, limits: BatchLimits, now: Int64
  ) throws(BatchError) -> ValidatedBatch {
    let header = batch.header
    // First of all, while the bytes are still in cache.
    guard header.hasValidChecksum(in: UnsafeRawBufferPointer(batch.bytes)) else {
      throw BatchError(.checksumMismatch)
    }
    let compression = try checkHeader(header, limits: limits)
    let stored = UnsafeRawBufferPointer(
      rebasing: batch.bytes[BatchHeader.Position.records...])
    let records = try decompressor.decompress(
      stored, as: compression,
      limit: compression == .none
        ? stored.count : min(limits.maximumExpandedByteCount, BatchLimits.expansionCeiling))
    guard let start = records.baseAddress, records.count > 0 else {
      throw BatchError(.malformedRecord, recordIndex: 0)
    }
    var reader = RecordReader(start: start, count: records.count)
    let maximum: Int64
    if limits.timestampType == .logAppend {
      try walk(&reader, header, requiresKeys: limits.requiresKeys)
      maximum = now
    } else {
      maximum = try walk(
        &reader, header, requiresKeys: limits.requiresKeys, timestamps: limits.timestamps(at: now))
    }
    guard reader.isAtEnd else { throw BatchError(.trailingBytes) }
    guard limits.timestampType == .logAppend || maximum != header.maxTimestamp else {
      return batch
    }
    BatchHeader.setMaxTimestamp(maximum, type: limits.timestampType, in: batch.bytes)
    return ValidatedBatch(
      header: BatchHeader(unchecked: UnsafeRawPointer(batch.bytes.baseAddress!)),
      bytes: batch.bytes)
  }

  private func checkHeader(
    _ header: BatchHeader, limits: BatchLimits
  ) throws(BatchError) -> Compression {
    guard let compression = header.compression else { throw BatchError(.unknownCodec) }
    guard compression != .zstd || limits.allowsZstd else { throw BatchError(.codecNotAllowed) }
    guard header.timestampType == .create else { throw BatchError(.timestampType) }
    guard !header.isControl else { throw BatchError(.controlBatch) }
    guard !header.hasDeleteHorizon else { throw BatchError(.deleteHorizon) }
    guard header.recordCount > 0, header.lastOffsetDelta == header.recordCount - 1 else {
      throw BatchError(.countMismatch)
    }
    // Without a producer id the other two mean nothing, and clients fill them in variously.
    let hasOrder = header.producerEpoch >= 0 && header.baseSequence >= 0
    let isSane =
      header.hasProducerID ? hasOrder : header.producerID == -1 && !header.isTransactional
    guard isSane else { throw BatchError(.producerFields) }
    return compression
  }

  /// Checks every record of a batch whose timestamps the producer gives; gives the greatest.
  private func walk(
    _ reader: inout RecordReader, _ header: BatchHeader, requiresKeys: Bool,
    timestamps: ClosedRange<Int64>
  ) throws(BatchError) -> Int64 {
    var maximum: Int64 = -1
    for index in 0..<header.recordCount {
      guard let record = reader.record() else {
        throw BatchError(.malformedRecord, recordIndex: index)
      }
      guard record.offsetDelta == index else {
        throw BatchError(.offsetDelta, recordIndex: index)
      }
      guard record.keyCount >= 0 || !requiresKeys else {
        throw BatchError(.nullKey, recordIndex: index)
      }
      let (timestamp, overflow) =
        header.baseTimestamp.addingReportingOverflow(record.timestampDelta)
      guard !overflow, timestamps.contains(timestamp) || timestamp == -1 else {
        throw BatchError(.timestampOutOfRange, recordIndex: index)
      }
      maximum = max(maximum, timestamp)
    }
    return maximum
  }

  /// Checks every record of a batch whose timestamp the broker gives.
  private func walk(
    _ reader: inout RecordReader, _ header: BatchHeader, requiresKeys: Bool
  ) throws(BatchError) {
    for index in 0..<header.recordCount {
      guard let record = reader.record() else {
        throw BatchError(.malformedRecord, recordIndex: index)
      }
      guard record.offsetDelta == index else {
        throw BatchError(.offsetDelta, recordIndex: index)
      }
      guard record.keyCount >= 0 || !requiresKeys else {
        throw BatchError(.nullKey, recordIndex: index)
      }
    }
  }
}
