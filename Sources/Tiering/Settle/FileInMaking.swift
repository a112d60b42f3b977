import Lake
import Platform

/// One data file of a range while it is encoded: the records that wait for the next row group, and
/// the Parquet writer. Its bytes go out as they are made.
final class FileInMaking {
  let key: String
  /// The file's partition in the table, one value for each field of the spec.
  let partition: [Int32?]
  let columns: RecordColumns
  private let writer: ParquetWriter

  init(
    key: String, location: String, partition: [Int32?], columns: RecordColumns,
    options: ParquetOptions
  ) throws(LakeError) {
    self.key = key
    self.partition = partition
    self.columns = columns
    writer = try ParquetWriter(file: location, options: options)
  }

  /// Bytes of the file so far, without the records that wait.
  var byteCount: Int64 { writer.byteCount }

  /// Encodes the records that wait as one row group, reads it back and compares every record.
  func flush() throws(LakeError) -> ByteBlock {
    let group = try writer.appendRowGroup([columns])
    try group.verify(against: [columns])
    columns.removeAll()
    return group.bytes
  }

  func finish() throws(LakeError) -> (bytes: ByteBlock, statistics: RecordStatistics) {
    try writer.finish()
  }
}
