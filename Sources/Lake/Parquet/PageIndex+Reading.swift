import CArrow

extension PageIndex {
  /// What came of reading the end of a file.
  package enum Reading: Sendable {
    case complete(PageIndex)
    /// Footer and index lie in so many bytes at the file's end: read again with those.
    case needsTail(byteCount: Int)
  }

  /// A good number of bytes to read from the end of a file at first: nearly always enough.
  package static let suggestedTailByteCount = 192 << 10

  /// Reads footer and page index from `tail`, the last bytes of a file of `fileByteCount` bytes.
  ///
  /// Nothing in the bytes is trusted; throws `.corrupt`, naming `file`. It takes at most two more
  /// reads until it is complete.
  package static func read(
    tail: UnsafeRawBufferPointer, fileByteCount: Int64, file: String
  ) throws(LakeError) -> Reading {
    var footer = varve_footer()
    let bytes = tail.baseAddress?.assumingMemoryBound(to: UInt8.self)
    try parquet(file) { error in
      varve_parquet_footer(bytes, Int64(tail.count), fileByteCount, &footer, &error)
    }
    let needed = Int(fileByteCount - min(footer.footer_position, footer.index_position))
    guard needed <= tail.count else { return .needsTail(byteCount: needed) }
    var native = varve_page_index()
    try parquet(file) { error in
      varve_parquet_page_index(bytes, Int64(tail.count), fileByteCount, &native, &error)
    }
    defer { varve_parquet_page_index_free(&native) }
    return .complete(PageIndex(native))
  }

  private init(_ native: varve_page_index) {
    let leaves = Leaf.allCases.count
    rowGroups = (0..<Int(native.row_group_count)).map { group in
      let columns = (0..<leaves).map { leaf -> Column in
        let chunk = native.chunks[group * leaves + leaf]
        let pages = (Int(chunk.page_start)..<Int(chunk.page_start + chunk.page_count)).map {
          let page = native.pages[$0]
          return Page(
            position: page.position, byteCount: Int(page.byte_count),
            firstRow: Int(page.first_row), minimum: page.minimum, maximum: page.maximum)
        }
        let dictionary = chunk.dictionary_position
        return Column(
          codec: chunk.codec,
          dictionary: dictionary < 0
            ? nil : dictionary..<dictionary + chunk.dictionary_byte_count,
          hasBounds: chunk.has_bounds != 0, pages: pages)
      }
      return RowGroup(rowCount: Int(native.row_counts[group]), columns: columns)
    }
  }
}
