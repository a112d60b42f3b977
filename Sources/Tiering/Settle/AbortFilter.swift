import CommitLog
import Platform
import Records

/// Tells which batches belong to aborted transactions, while a range of a log is walked front to
/// back. The range must lie below the last stable offset.
///
/// It asks the log for what it needs in steps, so that its memory does not grow with the range.
struct AbortFilter {
  /// So many offsets are looked at ahead.
  private static let windowOffsetCount: Int64 = 65_536

  private let log: PartitionLog
  private let end: Offset
  /// Up to here `transactions` is complete.
  private var known: Offset
  /// By producer: the first and last offsets of its aborted transactions, in their order.
  private var transactions: [Int64: [ClosedRange<Offset>]] = [:]

  init(_ log: PartitionLog, from start: Offset, to end: Offset) {
    self.log = log
    self.end = end
    known = start
  }

  /// Whether the records of a batch were aborted. Blocks on the disk.
  mutating func drops(_ header: BatchHeader) throws(StorageError) -> Bool {
    guard header.isTransactional, !header.isControl else { return false }
    if header.baseOffset >= known { try look(from: header.baseOffset) }
    guard let own = transactions[header.producerID] else { return false }
    // The first that ends above the batch is the only one that can hold it.
    var low = 0
    var high = own.count
    while low < high {
      let middle = (low + high) / 2
      if own[middle].upperBound < header.baseOffset { low = middle + 1 } else { high = middle }
    }
    return low < own.count && own[low].contains(header.baseOffset)
  }

  private mutating func look(from start: Offset) throws(StorageError) {
    known = min(max(end, start + 1), start + Self.windowOffsetCount)
    transactions.removeAll(keepingCapacity: true)
    for aborted in try log.abortedTransactions(from: start, below: known) {
      transactions[aborted.producerID, default: []].append(
        aborted.firstOffset...aborted.lastOffset)
    }
  }
}
