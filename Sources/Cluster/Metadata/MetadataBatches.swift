import Platform
import Records

/// Turns metadata records into record batches and back: the content of the metadata log's files.
enum MetadataBatches {
  /// One batch of `records` with the offsets from `base` on, without compression.
  static func encode(_ records: [MetadataRecord], at base: Offset, now: Int64) -> ByteBlock {
    var builder = RecordBatchBuilder()
    var writer = ByteWriter()
    builder.begin(at: base, leaderEpoch: LeaderEpoch(0))
    for (index, record) in records.enumerated() {
      writer.removeAll()
      record.encode(into: &writer)
      let fits = builder.append(
        offset: base + Int64(index), timestamp: now, key: nil, value: writer.bytes)
      precondition(fits, "one change of metadata outgrew a batch")
    }
    do throws(BatchError) { try builder.finish() } catch {
      preconditionFailure("a batch without compression failed: \(error)")
    }
    return builder.takeBlock()
  }

  /// What a file holds.
  struct Content {
    var records: [MetadataRecord] = []
    /// The offset after the last record; nil in an empty file.
    var nextOffset: Offset?
    /// Bytes of whole batches; what follows them was torn by a crash.
    var byteCount = 0
  }

  /// Reads batches up to the first that is incomplete or damaged.
  ///
  /// - Throws: `corrupt` for a whole batch with a record that this version does not know: to go on
  ///   without it would lose metadata.
  static func decode(_ bytes: UnsafeRawBufferPointer, path: String) throws(StorageError) -> Content
  {
    var content = Content()
    let decompressor = Decompressor()
    while let header = BatchHeader(rest(of: bytes, from: content.byteCount)) {
      let left = rest(of: bytes, from: content.byteCount)
      guard header.magic == BatchHeader.currentMagic,
        header.byteCount >= BatchHeader.headerByteCount, header.byteCount <= left.count
      else { break }
      let batch = UnsafeRawBufferPointer(rebasing: left[..<header.byteCount])
      guard header.hasValidChecksum(in: batch) else { break }
      guard let records = records(of: batch, decompressor) else {
        throw .corrupt(
          file: path, position: Int64(content.byteCount),
          reason: "a metadata record of an unknown kind; was it written by a newer version?")
      }
      content.records += records
      content.nextOffset = header.nextOffset
      content.byteCount += header.byteCount
    }
    return content
  }

  private static func rest(of bytes: UnsafeRawBufferPointer, from position: Int)
    -> UnsafeRawBufferPointer
  {
    UnsafeRawBufferPointer(rebasing: bytes[position...])
  }

  private static func records(
    of batch: UnsafeRawBufferPointer, _ decompressor: Decompressor
  ) -> [MetadataRecord]? {
    var records: [MetadataRecord] = []
    do throws(BatchError) {
      var iterator = try RecordIterator(batch: batch, decompressor: decompressor)
      while let view = try iterator.next() {
        guard let value = view.value, let record = MetadataRecord(value) else { return nil }
        records.append(record)
      }
      return records
    } catch {
      return nil
    }
  }
}
