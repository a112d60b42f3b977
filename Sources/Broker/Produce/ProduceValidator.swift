import Cluster
import Records

/// Checks produced batches against their topic's configs. Belongs to one loop.
final class ProduceValidator {
  private let validator = BatchValidator()
  private var batches: [ValidatedBatch] = []

  /// The one batch that a request may hold for a partition, checked in full.
  ///
  /// - Parameters:
  ///   - version: of the Produce request: zstd needs 7 (KIP-110).
  ///   - now: milliseconds since 1970.
  func validate(
    _ bytes: UnsafeMutableRawBufferPointer, _ config: TopicConfig, version: Int16, now: Int64
  ) throws(BatchError) -> ValidatedBatch {
    var limits = BatchLimits()
    limits.maximumBatchByteCount = config.maxMessageBytes
    limits.allowsZstd = version >= 7
    limits.requiresKeys = config.isCompacted
    limits.timestampType = config.timestampType == .logAppendTime ? .logAppend : .create
    limits.timestampBeforeMaxMilliseconds = config.timestampBeforeMaxMilliseconds
    limits.timestampAfterMaxMilliseconds = config.timestampAfterMaxMilliseconds
    batches.removeAll(keepingCapacity: true)
    try validator.validate(bytes, limits: limits, now: now, into: &batches)
    return batches[0]
  }
}
