import Lake
import Records

/// Decides where the log start moves across both tiers, and which files leave the table. Pure.
struct TotalRetentionPlan {
  /// By first offset.
  let files: [ColdFile]
  let logStart: Offset
  let settled: Offset
  /// Bytes of the local log that have not settled.
  let unsettledBytes: Int64
  /// −1: for ever.
  let retentionMilliseconds: Int64
  /// −1: no limit.
  let retentionBytes: Int64
  /// −1: for ever.
  let lakeRetentionMilliseconds: Int64

  /// The new log start; nil when it stays. It moves over whole files only, as Kafka's moves over
  /// whole segments, and settled data count at their size in the lake.
  func newLogStart(now: Int64) -> Offset? {
    let live = files.filter { Offset($0.offsets.upperBound) >= logStart }
    var total = live.reduce(unsettledBytes) { $0 + $1.byteCount }
    var start = logStart
    for (index, file) in live.enumerated() {
      let isTooMuch = retentionBytes >= 0 && total - file.byteCount >= retentionBytes
      guard isTooMuch || isOlder(file, than: retentionMilliseconds, now) else { break }
      total -= file.byteCount
      let end = Offset(file.offsets.upperBound + 1)
      // In tables that are divided by time another file can hold offsets in between.
      let overlaps = live[(index + 1)...].contains { Offset($0.offsets.lowerBound) < end }
      if !overlaps { start = max(start, end) }
    }
    return start > logStart ? min(start, settled) : nil
  }

  /// Locations of files that leave the table: all their records are below the log start and past
  /// `lake.retention.ms`.
  func removable(now: Int64) -> [String] {
    guard lakeRetentionMilliseconds >= 0 else { return [] }
    return files.filter {
      Offset($0.offsets.upperBound) < logStart && $0.partitions.count == 1
        && isOlder($0, than: lakeRetentionMilliseconds, now)
    }.map(\.path)
  }

  private func isOlder(_ file: ColdFile, than milliseconds: Int64, _ now: Int64) -> Bool {
    guard milliseconds >= 0, let youngest = file.timestamps?.upperBound else { return false }
    return now - youngest / 1000 > milliseconds
  }
}
