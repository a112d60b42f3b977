import Platform

/// What settling and cold reads have done since the start.
package final class TieringMetrics: Sendable {
  package let commits = Counter()
  package let records = Counter()
  /// Bytes of data files committed (Kafka's RemoteCopyBytesPerSec counts the same thing).
  package let bytes = Counter()
  package let files = Counter()
  /// Rounds that failed (RemoteCopyErrorsPerSec).
  package let errors = Counter()
  /// How often a partition was left out because its log could not be read or decoded.
  package let stuckPartitions = Counter()
  /// Batches that could not be decoded and were put aside.
  package let quarantinedBatches = Counter()
  package let deletedSegments = Counter()
  package let removedFiles = Counter()

  package init() {}

  func committed(records: Int64, bytes: Int64, files: Int) {
    commits.add()
    self.records.add(records)
    self.bytes.add(bytes)
    self.files.add(Int64(files))
  }
}
