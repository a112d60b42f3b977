import Records

/// Follows the transactions of a log from batch to batch while it is cleaned: which records were
/// aborted, and which markers nobody needs any more (Kafka's `CleanedTransactionMetadata`). Pure.
///
/// All batches must come by, in order, from the start of the log.
struct TransactionFilter {
  /// An aborted transaction whose marker has not come by.
  private struct Open {
    let transaction: AbortedTransaction
    /// Whether a batch of it was there.
    var hasBatches = false
  }

  /// What is to become of a marker.
  enum MarkerVerdict: Equatable {
    /// Records of its transaction are there, or were until now: it stays, and with an aborted
    /// transaction so does the entry in the index.
    case needed(AbortedTransaction?)
    /// Nothing of its transaction is left: it may go once its delete horizon has passed.
    case idle
  }

  /// By first offset, the highest first; their first batch has not come by.
  private var ahead: [AbortedTransaction] = []
  /// By producer id.
  private var aborted: [Int64: Open] = [:]
  /// Producers whose transaction has batches and whose marker, a commit, has not come by.
  private var committed: Set<Int64> = []

  /// Makes transactions known that have batches from here on; those known already may be among
  /// them.
  mutating func add(_ transactions: [AbortedTransaction]) {
    ahead += transactions
    ahead.sort { $0.firstOffset > $1.firstOffset }
  }

  /// Whether a batch of records belongs to an aborted transaction.
  mutating func isAborted(_ header: BatchHeader) -> Bool {
    advance(to: header.lastOffset)
    guard header.isTransactional else { return false }
    if aborted[header.producerID] != nil {
      aborted[header.producerID]!.hasBatches = true
      return true
    }
    committed.insert(header.producerID)
    return false
  }

  /// Judges a control batch.
  ///
  /// - Parameter control: What it says; nil when a cleaning has left only its header.
  mutating func verdict(on header: BatchHeader, _ control: ControlRecord?) -> MarkerVerdict {
    advance(to: header.lastOffset)
    switch control {
    case .abort:
      guard let open = aborted.removeValue(forKey: header.producerID), open.hasBatches else {
        return .idle
      }
      return .needed(open.transaction)
    case .commit:
      return committed.remove(header.producerID) == nil ? .idle : .needed(nil)
    case .other:
      return .needed(nil)
    case nil:
      return .idle
    }
  }

  private mutating func advance(to offset: Offset) {
    while let next = ahead.last, next.firstOffset <= offset {
      ahead.removeLast()
      if aborted[next.producerID] == nil { aborted[next.producerID] = Open(transaction: next) }
    }
  }
}
