import Records

/// A data file as a reader of one partition needs it: which offsets it holds, and where it lies.
package struct ColdFile: Equatable, Sendable {
  /// The full location.
  package let path: String
  /// The Kafka partitions of its records; one, unless other software rewrote the file.
  package let partitions: ClosedRange<Int32>
  /// The offsets of the first and last record (of all its partitions).
  package let offsets: ClosedRange<Int64>
  /// Microseconds; nil where the bounds are missing.
  package let timestamps: ClosedRange<Int64>?
  package let recordCount: Int64
  package let byteCount: Int64

  /// A file without bounds of partition and offset may hold anything.
  package init(_ file: DataFile) {
    path = file.path
    partitions = file.kafkaPartitions ?? 0...Int32.max
    offsets = file.offsets ?? 0...Int64.max
    timestamps = file.timestamps
    recordCount = file.recordCount
    byteCount = file.byteCount
  }

  package func holds(_ partition: PartitionID) -> Bool {
    partitions.contains(partition.rawValue)
  }
}
