/// What a writer of a Parquet file of records knows of it when it is finished.
package struct RecordStatistics: Equatable, Sendable {
  package var recordCount: Int64
  /// The exact size of the file.
  package var byteCount: Int64
  package var partitions: ClosedRange<Int32>
  package var offsets: ClosedRange<Int64>
  /// Microseconds, as limited for the column.
  package var timestamps: ClosedRange<Int64>
  package var timestampTypes: ClosedRange<Int32>
  package var leaderEpochs: ClosedRange<Int32>
  package var nullKeyCount: Int64
  package var nullValueCount: Int64
  /// Compressed bytes of each column chunk, summed by field id; may be empty.
  package var columnByteCounts: [Int32: Int64]
  /// Where the row groups begin, ascending.
  package var splitOffsets: [Int64]

  package init(
    recordCount: Int64, byteCount: Int64, partitions: ClosedRange<Int32>,
    offsets: ClosedRange<Int64>, timestamps: ClosedRange<Int64>,
    timestampTypes: ClosedRange<Int32>, leaderEpochs: ClosedRange<Int32>, nullKeyCount: Int64,
    nullValueCount: Int64, columnByteCounts: [Int32: Int64] = [:], splitOffsets: [Int64] = []
  ) {
    self.recordCount = recordCount
    self.byteCount = byteCount
    self.partitions = partitions
    self.offsets = offsets
    self.timestamps = timestamps
    self.timestampTypes = timestampTypes
    self.leaderEpochs = leaderEpochs
    self.nullKeyCount = nullKeyCount
    self.nullValueCount = nullValueCount
    self.columnByteCounts = columnByteCounts
    self.splitOffsets = splitOffsets
  }
}

extension DataFile {
  /// Describes a file of records: bounds for the ids 1–5, counts for 1–5, key and value, and
  /// nothing of what lies inside the list of headers.
  package init(path: String, partition: [Int32?], statistics: RecordStatistics) {
    let counted = [
      FieldID.partition, FieldID.offset, FieldID.timestamp, FieldID.timestampType,
      FieldID.leaderEpoch, FieldID.key, FieldID.value,
    ]
    var nulls = Dictionary(uniqueKeysWithValues: counted.map { ($0, Int64(0)) })
    nulls[FieldID.key] = statistics.nullKeyCount
    nulls[FieldID.value] = statistics.nullValueCount
    func bounds(_ end: (ClosedRange<Int64>) -> Int64, _ narrow: (ClosedRange<Int32>) -> Int32)
      -> [Int32: [UInt8]]
    {
      [
        FieldID.partition: SingleValue.bytes(narrow(statistics.partitions)),
        FieldID.offset: SingleValue.bytes(end(statistics.offsets)),
        FieldID.timestamp: SingleValue.bytes(end(statistics.timestamps)),
        FieldID.timestampType: SingleValue.bytes(narrow(statistics.timestampTypes)),
        FieldID.leaderEpoch: SingleValue.bytes(narrow(statistics.leaderEpochs)),
      ]
    }
    self.init(
      path: path, partition: partition, recordCount: statistics.recordCount,
      byteCount: statistics.byteCount, columnByteCounts: statistics.columnByteCounts,
      valueCounts: Dictionary(
        uniqueKeysWithValues: counted.map { ($0, statistics.recordCount) }),
      nullValueCounts: nulls,
      lowerBounds: bounds(\.lowerBound, \.lowerBound),
      upperBounds: bounds(\.upperBound, \.upperBound),
      splitOffsets: statistics.splitOffsets, sortOrderID: SortOrder.byOffset.orderID)
  }
}
