/// One Parquet file of a table as its manifest describes it (spec, "Manifests", struct
/// `data_file`).
package struct DataFile: Equatable, Sendable {
  /// The full location: `s3://bucket/prefix/kafka/topic-id/data/…`.
  package var path: String
  /// One value for each field of the partition spec.
  package var partition: [Int32?]
  package var recordCount: Int64
  package var byteCount: Int64
  /// By field id, as are all that follow.
  package var columnByteCounts: [Int32: Int64]
  package var valueCounts: [Int32: Int64]
  package var nullValueCounts: [Int32: Int64]
  /// Single values as bytes (`SingleValue`).
  package var lowerBounds: [Int32: [UInt8]]
  package var upperBounds: [Int32: [UInt8]]
  /// Where the row groups begin, ascending.
  package var splitOffsets: [Int64]
  package var sortOrderID: Int32?

  package init(
    path: String, partition: [Int32?], recordCount: Int64, byteCount: Int64,
    columnByteCounts: [Int32: Int64] = [:], valueCounts: [Int32: Int64] = [:],
    nullValueCounts: [Int32: Int64] = [:], lowerBounds: [Int32: [UInt8]] = [:],
    upperBounds: [Int32: [UInt8]] = [:], splitOffsets: [Int64] = [], sortOrderID: Int32? = 1
  ) {
    self.path = path
    self.partition = partition
    self.recordCount = recordCount
    self.byteCount = byteCount
    self.columnByteCounts = columnByteCounts
    self.valueCounts = valueCounts
    self.nullValueCounts = nullValueCounts
    self.lowerBounds = lowerBounds
    self.upperBounds = upperBounds
    self.splitOffsets = splitOffsets
    self.sortOrderID = sortOrderID
  }

  /// The offsets of the first and the last record, by the bounds; nil where there are none.
  package var offsets: ClosedRange<Int64>? {
    guard let low = lowerBounds[FieldID.offset].flatMap(SingleValue.long),
      let high = upperBounds[FieldID.offset].flatMap(SingleValue.long), low <= high
    else { return nil }
    return low...high
  }

  /// The Kafka partitions of its records, by the bounds; nil where there are none.
  package var kafkaPartitions: ClosedRange<Int32>? {
    guard let low = lowerBounds[FieldID.partition].flatMap(SingleValue.int),
      let high = upperBounds[FieldID.partition].flatMap(SingleValue.int), low <= high
    else { return nil }
    return low...high
  }

  /// The earliest and latest timestamp in microseconds, by the bounds; nil where there are none.
  package var timestamps: ClosedRange<Int64>? {
    guard let low = lowerBounds[FieldID.timestamp].flatMap(SingleValue.long),
      let high = upperBounds[FieldID.timestamp].flatMap(SingleValue.long), low <= high
    else { return nil }
    return low...high
  }
}
