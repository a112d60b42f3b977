import CommitLog
import Platform
import Records

@testable import CommitLog

/// Knows by the simplest means which transactions are open and which were aborted, from the batches
/// of a log front to back.
struct TransactionOracle {
  private(set) var open: [Int64: Offset] = [:]
  private(set) var aborted: [AbortedTransaction] = []
  private(set) var end = Offset(0)

  /// Takes the next batch; a whole one, with its final offsets.
  mutating func take(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { bytes in
      let header = BatchHeader(bytes)!
      end = header.nextOffset
      guard header.isControl else {
        if header.isTransactional, open[header.producerID] == nil {
          open[header.producerID] = header.baseOffset
        }
        return
      }
      let marker = try TransactionMarker(bytes, decompressor: Decompressor())!
      guard let first = open.removeValue(forKey: marker.producerID), marker.outcome == .abort
      else { return }
      aborted.append(
        AbortedTransaction(
          producerID: marker.producerID, firstOffset: first, lastOffset: header.baseOffset,
          lastStableOffset: open.values.min() ?? header.nextOffset))
    }
  }

  func lastStable(logStart: Offset) -> Offset {
    max(open.values.min() ?? end, min(logStart, end))
  }

  /// The transactions that a read of `start..<limit` must know of.
  func aborted(from start: Offset, below limit: Offset) -> [AbortedTransaction] {
    aborted.filter { $0.lastOffset >= start && $0.firstOffset < limit }
  }
}
