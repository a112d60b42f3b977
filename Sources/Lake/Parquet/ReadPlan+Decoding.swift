import CArrow
import Platform

extension ReadPlan {
  /// A page may not take more when decompressed: more than the largest record there can be.
  package static let pageMemoryLimit = 1 << 30

  /// Decodes the wanted records and appends them to `columns`, which must be of the plan's
  /// partition; `columns` are unchanged after an error.
  ///
  /// `buffers` are the bytes of `ranges`, one for one. Nothing in them is trusted: damage throws
  /// `.corrupt`, naming `file`. Page checksums are checked where there are any.
  package func decode(
    _ buffers: [ByteBlock], file: String, into columns: RecordColumns,
    checkingChecksums: Bool = true
  ) throws(LakeError) {
    precondition(columns.partition.rawValue == partition)
    guard buffers.count == ranges.count,
      zip(buffers, ranges).allSatisfy({ $0.count == $1.count })
    else { throw .corrupt(file: file, reason: "a read answered too few bytes") }
    let before = columns.storage.pointee
    for piece in pieces {
      var filter = varve_row_filter(
        first_row: Int64(piece.rows.lowerBound), row_count: Int64(piece.rows.count),
        partition: partition, first_offset: offsets.lowerBound, end_offset: offsets.upperBound)
      let columnPages = piece.slices.map { pages(of: $0, in: buffers) }
      do throws(LakeError) {
        try parquet(file) { error in
          varve_parquet_decode(
            columnPages, &filter, Int64(ReadPlan.pageMemoryLimit), checkingChecksums ? 1 : 0,
            columns.storage, &error)
        }
      } catch {
        columns.cut(to: before)
        throw error
      }
    }
    withExtendedLifetime(buffers) {}
  }

  /// Decodes the wanted records into columns of their own.
  package func decode(_ buffers: [ByteBlock], file: String) throws(LakeError) -> RecordColumns {
    let columns = RecordColumns(partition: .init(partition), byteLimit: .max)
    try decode(buffers, file: file, into: columns)
    return columns
  }

  private func pages(of slice: Slice?, in buffers: [ByteBlock]) -> varve_column_pages {
    guard let slice else { return varve_column_pages() }
    let dictionary = slice.dictionary.map { pointer(to: $0, buffers) }
    return varve_column_pages(
      dictionary: dictionary, dictionary_byte_count: Int64(slice.dictionary?.count ?? 0),
      pages: pointer(to: slice.pages, buffers), page_byte_count: Int64(slice.pages.count),
      first_row: Int64(slice.firstRow), codec: slice.codec)
  }

  /// Where a part of the file lies in the buffers: each part lies in one of the ranges whole.
  private func pointer(to part: Range<Int64>, _ buffers: [ByteBlock]) -> UnsafePointer<UInt8> {
    let number = ranges.lastIndex { $0.lowerBound <= part.lowerBound }!
    let start =
      buffers[number].bytes.baseAddress! + Int(part.lowerBound - ranges[number].lowerBound)
    return start.assumingMemoryBound(to: UInt8.self)
  }
}

extension RecordColumns {
  /// Takes back what was appended since a copy of the counts was made.
  fileprivate func cut(to before: varve_columns) {
    storage.pointee.count = before.count
    storage.pointee.key_byte_count = before.key_byte_count
    storage.pointee.value_byte_count = before.value_byte_count
    storage.pointee.header_count = before.header_count
    storage.pointee.header_byte_count = before.header_byte_count
  }
}
