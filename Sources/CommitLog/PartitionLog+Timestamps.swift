import Platform
import Records

/// A record found by its timestamp.
package struct TimestampedOffset: Sendable, Equatable {
  package let offset: Offset
  /// Milliseconds since 1970.
  package let timestamp: Int64
  package let leaderEpoch: LeaderEpoch

  package init(offset: Offset, timestamp: Int64, leaderEpoch: LeaderEpoch) {
    self.offset = offset
    self.timestamp = timestamp
    self.leaderEpoch = leaderEpoch
  }
}

extension PartitionLog {
  /// Finds the first record of the local log, at or above `start`, whose timestamp is `timestamp`
  /// or later; nil when there is none. Blocks on the disk.
  ///
  /// Decodes one batch. A batch that does not decode is `.corrupt`.
  package func firstRecord(
    since timestamp: Int64, from start: Offset = Offset(0), decompressor: Decompressor
  ) throws(StorageError) -> TimestampedOffset? {
    let from = max(start, localStartOffset)
    for status in segments where status.endOffset > from && status.maxTimestamp >= timestamp {
      do throws(StorageError) {
        // No record at or before the entry's offset is younger than its timestamp.
        let entry = try status.segment.times.floor { $0.timestamp < timestamp }
        let reached = status.baseOffset + Int64(entry?.relativeOffset ?? 0)
        let found = try search(
          status, from: max(from, reached), decompressor,
          batch: { $0.maxTimestamp >= timestamp && $0.lastOffset >= from },
          record: { $0.timestamp >= timestamp && $0.offset >= from })
        if let found { return found }
      } catch {
        // A segment deleted under the search is not searched.
        if isListed(status.segment) { throw error }
      }
    }
    return nil
  }

  /// Finds the first record that has the youngest timestamp of the local log (KIP-734); nil when no
  /// record has a timestamp. Blocks on the disk.
  package func recordOfMaxTimestamp(
    decompressor: Decompressor
  ) throws(StorageError) -> TimestampedOffset? {
    let segments = segments
    guard let maximum = segments.map(\.maxTimestamp).max(), maximum >= 0 else { return nil }
    if let found = try firstRecord(since: maximum, decompressor: decompressor) { return found }
    // The youngest batch has lost its records to a cleaning.
    guard let next = try maxTimestampOfRecords(in: segments) else { return nil }
    return try firstRecord(since: next, decompressor: decompressor)
  }

  /// The youngest timestamp of a batch with records, by all headers.
  private func maxTimestampOfRecords(in segments: [SegmentStatus]) throws(StorageError) -> Int64? {
    var maximum: Int64?
    for status in segments {
      var scanner = SegmentScanner(
        try status.segment.file(), from: 0, to: status.byteCount, chunkBytes: 64 << 10)
      while let (header, _) = try scanner.expectBatch() {
        guard header.recordCount > 0 else { continue }
        maximum = max(maximum ?? header.maxTimestamp, header.maxTimestamp)
      }
    }
    return maximum
  }

  /// The first record that `record` holds of, in the batches that `batch` holds of.
  private func search(
    _ status: SegmentStatus, from begin: Offset, _ decompressor: Decompressor,
    batch: (BatchHeader) -> Bool, record: (RecordView) -> Bool
  ) throws(StorageError) -> TimestampedOffset? {
    let segment = status.segment
    let file = try segment.file()
    guard let start = try segment.find(begin, below: status.byteCount) else { return nil }
    var scanner = SegmentScanner(
      file, from: start.position, to: status.byteCount, chunkBytes: 4096)
    while let (header, position) = try scanner.expectBatch() {
      guard batch(header) else { continue }
      let block = try readBlock(of: file, at: position, count: header.byteCount)
      defer { withExtendedLifetime(block) {} }
      do throws(BatchError) {
        var iterator = try RecordIterator(batch: block.bytes, decompressor: decompressor)
        while let view = try iterator.next() {
          if record(view) {
            return TimestampedOffset(
              offset: view.offset, timestamp: view.timestamp,
              leaderEpoch: header.partitionLeaderEpoch)
          }
        }
      } catch {
        throw StorageError.corrupt(
          file: file.path, position: position, reason: "the batch does not decode: \(error)")
      }
    }
    return nil
  }
}
