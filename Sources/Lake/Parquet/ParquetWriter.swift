import CArrow
import Platform
import Records

/// Writes a Parquet file of records in the raw layout, row group by row group, into memory.
///
/// The bytes of each row group are handed out when it is encoded, so a writer holds no more than
/// one. The file is complete with the bytes of `finish`. One owner; blocks its thread.
package final class ParquetWriter {
  private let file: String
  private let writer: OpaquePointer
  private var layouts: [RowGroupLayout] = []
  /// Bytes handed out so far.
  package private(set) var byteCount: Int64 = 0

  /// `file` names the file in errors.
  package init(file: String, options: ParquetOptions = ParquetOptions()) throws(LakeError) {
    self.file = file
    var native = options.native
    var created: OpaquePointer?
    try parquet(file) { error in
      created = varve_parquet_writer_new(&native, &error)
      return created == nil ? 1 : 0
    }
    writer = created!
  }

  deinit { varve_parquet_writer_free(writer) }

  /// Encodes all records of `columns`, which need at least one, as one row group.
  ///
  /// After an error the file cannot be continued.
  package func appendRowGroup(_ columns: [RecordColumns]) throws(LakeError) -> EncodedRowGroup {
    let rowCount = columns.reduce(0) { $0 + $1.count }
    guard rowCount > 0 else { throw .invalid("a row group of \(file) has no records") }
    var pointers = columns.map { UnsafePointer<varve_columns>?($0.storage) }
    var chunks = [varve_chunk](repeating: varve_chunk(), count: Int(VARVE_LEAVES))
    var taken = varve_bytes()
    try parquet(file) { error in
      varve_parquet_writer_row_group(
        writer, &pointers, Int64(pointers.count), &taken, &chunks, &error)
    }
    withExtendedLifetime(columns) {}
    let group = EncodedRowGroup(
      file: file, position: byteCount, bytes: block(taken), rowCount: rowCount, chunks: chunks)
    layouts.append(RowGroupLayout(rowCount: rowCount, chunks: chunks))
    return group
  }

  /// Ends the file: the last bytes, with page index and footer, and what a manifest says of it.
  ///
  /// Footer and index are read back, and must describe just the bytes that were handed out.
  package func finish() throws(LakeError) -> (bytes: ByteBlock, statistics: RecordStatistics) {
    guard !layouts.isEmpty else { throw .invalid("\(file) has no records") }
    var taken = varve_bytes()
    var native = varve_file_statistics()
    try parquet(file) { error in
      varve_parquet_writer_finish(writer, &taken, &native, &error)
    }
    let bytes = block(taken)
    try verify(footer: bytes)
    return (bytes, statistics(native))
  }

  private func verify(footer: ByteBlock) throws(LakeError) {
    let reading = try PageIndex.read(tail: footer.bytes, fileByteCount: byteCount, file: file)
    guard case .complete(let index) = reading, index.rowGroups.count == layouts.count,
      zip(index.rowGroups, layouts).allSatisfy({ $1.agrees(with: $0) })
    else { throw .corrupt(file: file, reason: "its footer does not describe its row groups") }
  }

  private func block(_ taken: varve_bytes) -> ByteBlock {
    byteCount += taken.count
    let owner = TakenBytes(taken)
    guard let bytes = taken.bytes else { return ByteBlock([]) }
    return ByteBlock(lending: bytes, count: Int(taken.count), of: owner)
  }

  private func statistics(_ native: varve_file_statistics) -> RecordStatistics {
    let columnBytes = withUnsafeBytes(of: native.column_bytes) {
      Array($0.bindMemory(to: Int64.self))
    }
    let minimums = withUnsafeBytes(of: native.minimums) { Array($0.bindMemory(to: Int64.self)) }
    let maximums = withUnsafeBytes(of: native.maximums) { Array($0.bindMemory(to: Int64.self)) }
    func bounds(_ leaf: Int) -> ClosedRange<Int64> { minimums[leaf]...maximums[leaf] }
    func narrow(_ leaf: Int) -> ClosedRange<Int32> {
      Int32(minimums[leaf])...Int32(maximums[leaf])
    }
    var columnByteCounts: [Int32: Int64] = [:]
    for leaf in 0..<Int(VARVE_LEAVES) {
      columnByteCounts[varve_leaf_field_id(Int32(leaf))] = columnBytes[leaf]
    }
    return RecordStatistics(
      recordCount: native.record_count, byteCount: byteCount,
      partitions: narrow(Int(VARVE_LEAF_PARTITION)), offsets: bounds(Int(VARVE_LEAF_OFFSET)),
      timestamps: bounds(Int(VARVE_LEAF_TIMESTAMP)),
      timestampTypes: narrow(Int(VARVE_LEAF_TIMESTAMP_TYPE)),
      leaderEpochs: narrow(Int(VARVE_LEAF_LEADER_EPOCH)), nullKeyCount: native.key_null_count,
      nullValueCount: native.value_null_count, columnByteCounts: columnByteCounts,
      splitOffsets: layouts.map { $0.chunks[0].position })
  }
}

/// Bytes that the native writer made; with the last use of them their memory goes back to it.
private final class TakenBytes: Sendable {
  private nonisolated(unsafe) let native: varve_bytes

  init(_ native: varve_bytes) { self.native = native }

  deinit { varve_bytes_free(native) }
}

/// Where the columns of a row group were written.
private struct RowGroupLayout {
  let rowCount: Int
  let chunks: [varve_chunk]

  /// Whether the pages of an index fill these very bytes, without gaps, and name their codecs.
  func agrees(with group: PageIndex.RowGroup) -> Bool {
    guard group.rowCount == rowCount else { return false }
    return zip(group.columns, chunks).allSatisfy { column, chunk in
      guard column.codec == chunk.codec else { return false }
      var end = chunk.position
      for range in [column.dictionary].compactMap({ $0 }) + column.pages.map(\.range) {
        guard range.lowerBound == end else { return false }
        end = range.upperBound
      }
      return end == chunk.position + chunk.byte_count
    }
  }
}
