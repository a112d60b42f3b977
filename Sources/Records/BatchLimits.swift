/// What a topic and a request allow in produced batches.
package struct BatchLimits: Sendable {
  /// `max.message.bytes`: the largest batch, compressed as it came.
  package var maximumBatchByteCount = 1_048_588
  /// The most bytes that the records of one batch may take when decompressed; at most
  /// `expansionCeiling`.
  package var maximumExpandedByteCount = 64 << 20
  /// How many batches one partition's records may hold: Produce 3 and later allow one.
  package var maximumBatchCount = 1
  /// Whether zstd may be used: from Produce 7 on (KIP-110).
  package var allowsZstd = true
  /// Whether records need keys: on compacted topics.
  package var requiresKeys = false
  /// `message.timestamp.type`.
  package var timestampType = TimestampType.create
  /// `message.timestamp.before.max.ms`; Int64.max for no limit.
  package var timestampBeforeMaxMilliseconds = Int64.max
  /// `message.timestamp.after.max.ms`; Int64.max for no limit.
  package var timestampAfterMaxMilliseconds: Int64 = 3_600_000

  package init() {}

  /// No configuration may allow a batch to expand beyond this; so whatever was let in can be read.
  package static let expansionCeiling = 1 << 30

  /// The create timestamps that are allowed at `now` (milliseconds since 1970), beside −1 for none.
  func timestamps(at now: Int64) -> ClosedRange<Int64> {
    let (earliest, early) = now.subtractingReportingOverflow(timestampBeforeMaxMilliseconds)
    let (latest, late) = now.addingReportingOverflow(timestampAfterMaxMilliseconds)
    let lower = early || timestampBeforeMaxMilliseconds == .max ? Int64.min : earliest
    let upper = late ? Int64.max : latest
    return lower...max(lower, upper)
  }
}
