import CommitLog

/// Keeps, outside of any log, what became of the records that were written in transactions.
final class TransactionLedger {
  /// Offsets of markers and of aborted records: nobody is to see anything there.
  private(set) var gaps: Set<Int64> = []
  /// The offsets of open transactions, by producer.
  private(set) var open: [Int64: [Int64]] = [:]

  func wrote(_ offsets: Range<Int64>, in transaction: Int64) {
    open[transaction, default: []] += offsets
  }

  func ended(_ transaction: Int64, _ outcome: TransactionMarker.Outcome, at offset: Int64) {
    gaps.insert(offset)
    let offsets = open.removeValue(forKey: transaction) ?? []
    if outcome == .abort { gaps.formUnion(offsets) }
  }
}
