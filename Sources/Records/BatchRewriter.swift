/// Leaves records out of stored batches, as compaction does: offsets, sequence numbers, timestamps
/// and the codec stay as they were.
///
/// `select` looks at every record of a batch once, then `write` gives the batch without those that
/// go. Both keep their scratch for the next batch. Belongs to one thread at a time.
package final class BatchRewriter {
  /// What a look at one batch found.
  package struct Selection: Sendable, Equatable {
    /// Records of the batch.
    package var total = 0
    /// Records that stay.
    package var kept = 0
    /// Records that stay and have no value.
    package var tombstones = 0
    /// The youngest timestamp among those that stay.
    package var maxTimestamp = Int64.min

    package init(total: Int = 0, kept: Int = 0, tombstones: Int = 0) {
      self.total = total
      self.kept = kept
      self.tombstones = tombstones
    }

    /// Whether a record goes.
    package var isPartial: Bool { kept < total }
  }

  /// A run of records that stay, back to back as they are encoded.
  private struct Span {
    let start: UnsafeRawPointer
    var end: UnsafeRawPointer
  }

  private let decompressor: Decompressor
  private var compressors: [Compression: Compressor] = [:]
  private var spans: [Span] = []
  /// The records of the selected batch, when they have to be encoded anew.
  private var records = ScratchBuffer()
  private var output = ScratchBuffer()

  package init(decompressor: Decompressor = Decompressor()) {
    self.decompressor = decompressor
  }

  /// Looks at the records of `batch`, one whole batch, and asks `keeps` about each.
  ///
  /// The batch must stay in place until `write` has been called.
  package func select(
    _ batch: UnsafeRawBufferPointer, keeps: (RecordView) -> Bool
  ) throws(BatchError) -> Selection {
    spans.removeAll(keepingCapacity: true)
    var selection = Selection()
    var iterator = try RecordIterator(batch: batch, decompressor: decompressor)
    var start = iterator.reader.position
    while let record = try iterator.next() {
      let end = iterator.reader.position
      defer { start = end }
      selection.total += 1
      guard keeps(record) else { continue }
      selection.kept += 1
      if record.value == nil { selection.tombstones += 1 }
      selection.maxTimestamp = max(selection.maxTimestamp, record.timestamp)
      if spans.last?.end == start {
        spans[spans.count - 1].end = end
      } else {
        spans.append(Span(start: start, end: end))
      }
    }
    return selection
  }

  /// The selected batch without the records that go; valid until the next call.
  ///
  /// With none left it is the header alone, which keeps the offsets and the producer's sequence.
  ///
  /// - Parameters:
  ///   - header: The selected batch's.
  ///   - deleteHorizon: When tombstones and markers in it may go (KIP-534), in milliseconds since
  ///     1970; nil leaves what the batch says already.
  package func write(
    _ header: BatchHeader, _ selection: Selection, deleteHorizon: Int64? = nil
  ) throws(BatchError) -> UnsafeRawBufferPointer {
    var header = header
    if let deleteHorizon, !header.hasDeleteHorizon {
      header.attributes |= BatchHeader.Attributes.deleteHorizon
      try encodeAnew(header, base: deleteHorizon)
      header.baseTimestamp = deleteHorizon
    }
    header.recordCount = Int32(selection.kept)
    if selection.kept > 0 && header.timestampType == .create {
      header.maxTimestamp = selection.maxTimestamp
    }
    let codec = selection.kept == 0 ? .none : header.compression ?? .none
    header.attributes =
      header.attributes & ~BatchHeader.Attributes.codec | UInt16(codec.rawValue)
    return seal(header, try packed(codec))
  }

  /// The records that stay, compressed, with room for the header in front.
  private func packed(_ codec: Compression) throws(BatchError) -> UnsafeMutableRawBufferPointer {
    let headroom = BatchHeader.headerByteCount
    let byteCount = spans.reduce(0) { $0 + ($1.end - $1.start) }
    if codec == .none {
      let base = output.grow(to: headroom + byteCount, keeping: 0)
      copySpans(to: base + headroom)
      return UnsafeMutableRawBufferPointer(start: base, count: headroom + byteCount)
    }
    var input = UnsafeRawBufferPointer(start: spans[0].start, count: byteCount)
    if spans.count > 1 {
      // Encoding anew leaves one span only, so the scratch is free.
      let base = records.grow(to: byteCount, keeping: 0)
      copySpans(to: base)
      input = UnsafeRawBufferPointer(start: base, count: byteCount)
    }
    let compressor = compressors[codec] ?? Compressor(codec)
    compressors[codec] = compressor
    return try compressor.compress(input, headroom: headroom)
  }

  private func copySpans(to target: UnsafeMutableRawPointer) {
    var position = target
    for span in spans {
      position.copyMemory(from: span.start, byteCount: span.end - span.start)
      position += span.end - span.start
    }
  }

  private func seal(
    _ header: BatchHeader, _ batch: UnsafeMutableRawBufferPointer
  ) -> UnsafeRawBufferPointer {
    var header = header
    header.length = Int32(batch.count - BatchHeader.lengthOverhead)
    header.write(to: batch.baseAddress!)
    BatchHeader.sealChecksum(of: batch)
    return UnsafeRawBufferPointer(batch)
  }

  /// Gives the records that stay timestamps relative to another base, in one span of scratch.
  ///
  /// Under log-append time nobody reads the records' own timestamps, and they stay as they are.
  private func encodeAnew(_ header: BatchHeader, base: Int64) throws(BatchError) {
    guard header.timestampType == .create, !spans.isEmpty else { return }
    // A delta and the length before it take up to ten and five bytes, one each at least before.
    let most = spans.reduce(0) { $0 + ($1.end - $1.start) }
    let count = spans.reduce(0) { $0 + recordCount(of: $1) }
    let target = records.grow(to: most + 14 * count, keeping: 0)
    var writer = RecordWriter(target)
    for span in spans {
      var reader = RecordReader(start: span.start, count: span.end - span.start)
      while !reader.isAtEnd {
        guard let record = reader.record() else { throw BatchError(.malformedRecord) }
        let (timestamp, far) = header.baseTimestamp.addingReportingOverflow(record.timestampDelta)
        let (delta, distant) = timestamp.subtractingReportingOverflow(base)
        guard !far, !distant else { throw BatchError(.timestampOutOfRange) }
        writer.append(record, timestampDelta: delta)
      }
    }
    spans = [Span(start: UnsafeRawPointer(target), end: UnsafeRawPointer(writer.position))]
  }

  private func recordCount(of span: Span) -> Int {
    var reader = RecordReader(start: span.start, count: span.end - span.start)
    var count = 0
    while !reader.isAtEnd, reader.record() != nil { count += 1 }
    return count
  }
}

/// Encodes records that were read elsewhere into memory that has room for them.
private struct RecordWriter {
  var position: UnsafeMutableRawPointer

  init(_ start: UnsafeMutableRawPointer) { position = start }

  /// Copies a record under another timestamp.
  mutating func append(_ record: RawRecord, timestampDelta: Int64) {
    let offsetDelta = Int64(record.offsetDelta)
    let keyLength = Int64(record.keyCount)
    let byteCount =
      1 + varintByteCount(timestampDelta) + varintByteCount(offsetDelta)
      + varintByteCount(keyLength) + (record.end - record.key)
    write(varint: Int64(byteCount))
    position.storeBytes(of: 0, as: UInt8.self)
    position += 1
    write(varint: timestampDelta)
    write(varint: offsetDelta)
    write(varint: keyLength)
    // From the key on nothing changes.
    position.copyMemory(from: record.key, byteCount: record.end - record.key)
    position += record.end - record.key
  }

  private mutating func write(varint value: Int64) {
    var rest = UInt64(bitPattern: (value << 1) ^ (value >> 63))
    while rest >= 0x80 {
      position.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 0x80, as: UInt8.self)
      position += 1
      rest >>= 7
    }
    position.storeBytes(of: UInt8(truncatingIfNeeded: rest), as: UInt8.self)
    position += 1
  }
}
