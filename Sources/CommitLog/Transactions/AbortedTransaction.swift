// <base>.txnindex (Kafka's TransactionIndex): one entry for each transaction whose abort marker
// lies in the segment, in the order of the markers. Big-endian:
//
//   version int16 = 0, producerId int64, firstOffset int64, lastOffset int64 (the marker's),
//   lastStableOffset int64 (as the marker left it)
//
// A segment without such a marker has no file.

import Records

/// A transaction whose records consumers of committed records must not see.
package struct AbortedTransaction: Sendable, Equatable {
  package let producerID: Int64
  /// The offset of its first record.
  package let firstOffset: Offset
  /// The offset of its abort marker.
  package let lastOffset: Offset
  /// The last stable offset once the marker was written: no transaction that was aborted later
  /// begins below it.
  package let lastStableOffset: Offset

  package init(
    producerID: Int64, firstOffset: Offset, lastOffset: Offset, lastStableOffset: Offset
  ) {
    self.producerID = producerID
    self.firstOffset = firstOffset
    self.lastOffset = lastOffset
    self.lastStableOffset = lastStableOffset
  }
}

extension AbortedTransaction: IndexEntry {
  static var byteCount: Int { 34 }
  static var isOnDemand: Bool { true }
  private static var version: Int16 { 0 }

  init(_ bytes: UnsafeRawPointer) {
    func load(_ position: Int) -> Int64 {
      Int64(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: Int64.self))
    }
    self.init(
      producerID: load(2), firstOffset: Offset(load(10)), lastOffset: Offset(load(18)),
      lastStableOffset: Offset(load(26)))
  }

  func write(to bytes: inout [UInt8]) {
    withUnsafeBytes(of: AbortedTransaction.version.bigEndian) { bytes.append(contentsOf: $0) }
    for number in [
      producerID, firstOffset.rawValue, lastOffset.rawValue, lastStableOffset.rawValue,
    ] {
      withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }
  }

  /// Whether it can stand in the index of a segment that begins at `base`.
  func isPlausible(inSegmentAt base: Offset) -> Bool {
    producerID >= 0 && firstOffset.rawValue >= 0 && firstOffset < lastOffset && lastOffset >= base
      && lastStableOffset > base
  }
}
