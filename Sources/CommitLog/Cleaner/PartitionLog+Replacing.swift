// How segments are exchanged (Kafka's `UnifiedLog.replaceSegments`), so that a crash at any moment
// leaves the old segments or the new one, whole:
//
//   1. the new one is durable as <base>.log.cleaned, with its indexes beside it
//   2. its indexes become .swap, then its .log does: from there on the new one is valid
//   3. the old ones become .deleted
//   4. the indexes take their names, then the .log does
//   5. what is .deleted is unlinked
//
// Each step is durable before the next begins. A start throws away .cleaned and .deleted, goes on
// at 3 where a .log.swap lies, and throws away the other .swap files (`SwapRecovery`).

import Platform
import Records

extension PartitionLog {
  /// Puts a cleaned segment, which is durable, in the place of those it was made from.
  ///
  /// Throws ESTALE when one of them is not there any more, or the topic not compacted any more.
  func replace(_ old: [SegmentStatus], with cleaned: CleanedSegment) throws(StorageError) {
    try fence.check()
    try syncing.withLock { (_) throws(StorageError) in
      try checkNotAbandoned()
      let isCurrent = view.withLock { view in
        guard let first = view.segmentIndex(of: old[0].baseOffset) else { return false }
        return view.segments[first...].prefix(old.count).map { ObjectIdentifier($0.segment) }
          == old.map { ObjectIdentifier($0.segment) }
      }
      // 116 is ESTALE.
      guard isCurrent, config.compaction != nil else {
        throw .failed(operation: "clean", path: directory, errno: 116)
      }
      try fence.guarding { () throws(StorageError) in
        if old.contains(where: { !$0.isSealed }) { _ = try syncAll() }
        // Whoever reads the old segments must not open the new one's files by their names.
        for status in old { try status.segment.hold() }
        try exchangeFiles(old, cleaned.status)
      }
      let status = cleaned.status.renamed(fileSystem, directory: directory)
      view.withLock { $0.replace(old, with: status) }
    }
    for status in old { try unlink(status.baseOffset) }
  }

  private func exchangeFiles(
    _ old: [SegmentStatus], _ new: SegmentStatus
  ) throws(StorageError) {
    let indexes: [SegmentFile] = [.offsetIndex, .timeIndex, .transactionIndex]
    let (cleaned, swap) = (SegmentFile.cleanedSuffix, SegmentFile.swapSuffix)
    try rename(indexes, of: new.baseOffset, from: cleaned, to: swap)
    try rename([.log], of: new.baseOffset, from: cleaned, to: swap)
    for status in old.reversed() {
      // What the producers were at the start of the first one is what they were at the new one's.
      let isFirst = status.baseOffset == new.baseOffset
      let kinds = SegmentFile.allCases.filter { $0 != .snapshot || !isFirst }
      try rename(kinds, of: status.baseOffset, from: "", to: SegmentFile.deletedSuffix)
    }
    try rename(indexes, of: new.baseOffset, from: swap, to: "")
    try rename([.log], of: new.baseOffset, from: swap, to: "")
  }

  /// Renames those of a segment's files that there are, durably.
  private func rename(
    _ kinds: [SegmentFile], of base: Offset, from: String, to: String
  ) throws(StorageError) {
    for kind in kinds {
      let path = kind.path(in: directory, base: base)
      guard fileSystem.exists(path + from) else { continue }
      try fileSystem.rename(path + from, to: path + to)
    }
    try fileSystem.syncDirectory(directory)
  }
}

extension SegmentStatus {
  /// The same segment once its files have their final names.
  fileprivate func renamed(_ fileSystem: any FileSystem, directory: String) -> SegmentStatus {
    let segment = LogSegment(
      fileSystem, directory: directory, baseOffset: baseOffset, offsetCount: segment.offsets.count,
      lastOffsetEntry: segment.offsets.last, timeCount: segment.times.count,
      lastTimeEntry: segment.times.last,
      aborts: (segment.transactions.count, segment.transactions.last))
    var status = SegmentStatus(segment, isActive: false, isFileDurable: true, isSealed: true)
    status.follow(self)
    return status
  }
}

extension LogView {
  /// Lists `new` where `old` are.
  fileprivate mutating func replace(_ old: [SegmentStatus], with new: SegmentStatus) {
    guard let first = segmentIndex(of: old[0].baseOffset) else { return }
    segments.replaceSubrange(first..<first + old.count, with: [new])
    // Positions in the old files mean nothing in the new one.
    cursors.removeAll()
    hasEmptyBatches = true
  }
}
