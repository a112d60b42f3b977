import CArrow

/// How files of records are encoded.
package struct ParquetOptions: Sendable {
  package enum Codec: Sendable {
    case uncompressed
    case snappy
    case zstd(level: Int32)

    var number: Int32 {
      switch self {
      case .uncompressed: Int32(VARVE_PARQUET_UNCOMPRESSED)
      case .snappy: Int32(VARVE_PARQUET_SNAPPY)
      case .zstd: Int32(VARVE_PARQUET_ZSTD)
      }
    }
  }

  package var codec: Codec
  /// Input bytes of a page of keys, values or headers; a larger record has a page of its own.
  package var pageByteCount: Int
  /// Input bytes of a row group. The writer leaves it to the caller to cut at this size.
  package var rowGroupByteCount: Int

  package init(
    codec: Codec = .zstd(level: 1), pageByteCount: Int = 256 << 10,
    rowGroupByteCount: Int = 32 << 20
  ) {
    self.codec = codec
    self.pageByteCount = pageByteCount
    self.rowGroupByteCount = rowGroupByteCount
  }

  var native: varve_parquet_options {
    var level: Int32 = 0
    if case .zstd(let chosen) = codec { level = chosen }
    return varve_parquet_options(
      codec: codec.number, level: level, page_bytes: Int64(pageByteCount))
  }
}
