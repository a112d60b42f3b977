import Platform
import Records

extension PartitionLog {
  /// Deletes closed segments that lie whole below `offset`, the oldest first; blocks.
  ///
  /// Slices read before keep their file and stay readable. The newest producer snapshot stays. The
  /// log start does not move: what lay in them is in the cold tier, or the caller has moved the log
  /// start before.
  ///
  /// - Returns: How many segments were deleted.
  @discardableResult
  package func deleteSegments(below offset: Offset) throws(StorageError) -> Int {
    try fence.check()
    let gone = try syncing.withLock { (_) throws(StorageError) -> [SegmentStatus] in
      try checkNotAbandoned()
      let gone = view.withLock { view in
        view.segments.prefix { !$0.isActive && $0.endOffset <= offset }
      }
      guard let last = gone.last else { return [] }
      // What is left must stand by itself: the snapshot at its start above all.
      if !last.isSealed {
        _ = try fence.guardingUnlessFull { () throws(StorageError) in try syncAll() }
      }
      // A log start that is not written down would be taken for the new first segment's base.
      try saveCheckpoints()
      view.withLock { $0.segments.removeFirst(gone.count) }
      return try fence.guarding { () throws(StorageError) in
        for status in gone { try markDeleted(status.baseOffset) }
        return Array(gone)
      }
    }
    for status in gone { try unlink(status.baseOffset) }
    return gone.count
  }

  /// Moves the first offset that consumers may ask for, in whichever tier it lies; never back, and
  /// never above the end. Durable when it returns; blocks.
  package func advanceLogStart(to offset: Offset) throws(StorageError) {
    try Self.advanceLogStarts([(self, offset)])
  }

  /// Does `advanceLogStart` to several logs of one directory, with one write for all.
  package static func advanceLogStarts(
    _ moves: [(log: PartitionLog, offset: Offset)]
  ) throws(StorageError) {
    var moved: PartitionLog?
    for (log, offset) in moves {
      try log.fence.check()
      if log.moveLogStart(to: offset) { moved = log }
    }
    try moved?.saveCheckpoints()
  }

  private func moveLogStart(to offset: Offset) -> Bool {
    let hasMoved = view.withLock { view in
      let start = min(offset, view.endOffset)
      guard start > view.logStartOffset else { return false }
      view.logStartOffset = start
      view.epochs.truncate(fromStart: start)
      view.areEpochsSaved = false
      return true
    }
    if hasMoved { logStartObserver.withLock { $0 }?() }
    return hasMoved
  }

  /// Discards everything local, the producers too, and goes on at `offset` with an empty segment.
  ///
  /// For a log that after a crash ends below what the cold tier has. A crash in the middle leaves a
  /// shorter log, and the caller does it again.
  ///
  /// - Parameter epochs: The leader epochs below `offset`, as the cold tier knows them. The one in
  ///   force goes on at `offset`.
  package func restart(
    at offset: Offset, epochs: LeaderEpochCache = LeaderEpochCache()
  ) throws(StorageError) {
    try fence.check()
    try syncing.withLock { (_) throws(StorageError) in
      try writer.withLock { (writer) throws(StorageError) in
        try checkOpen(writer)
        try fence.guarding { () throws(StorageError) in try restart(&writer, offset, epochs) }
      }
    }
  }

  private func restart(
    _ writer: inout LogWriter, _ offset: Offset, _ epochs: LeaderEpochCache
  ) throws(StorageError) {
    // From here on nothing local is durable, and recovery must not miss it.
    let old = view.withLock { view in
      view.syncedOffset = Offset(0)
      return view.segments
    }
    var epochs = epochs
    if let epoch = writer.epoch, epoch > epochs.latest?.epoch ?? LeaderEpoch(.min) {
      epochs.assign(epoch, startOffset: offset)
    }
    try saveCheckpoints()
    for status in old.reversed() { try markDeleted(status.baseOffset) }
    // Clean stops leave snapshots that belong to no segment's start.
    for entry in try fileSystem.list(directory) {
      if SegmentFile.parse(entry.name)?.kind == .snapshot {
        try fileSystem.remove("\(directory)/\(entry.name)")
      }
    }
    let segment = try LogSegment.create(fileSystem, directory: directory, baseOffset: offset)
    try fileSystem.replace(
      "\(directory)/\(LeaderEpochCache.fileName)", with: Array(epochs.text.utf8))
    try fileSystem.syncDirectory(directory)
    writer.producers.removeAll(goingOnAt: offset)
    writer.epoch = epochs.latest?.epoch
    begin(segment, try segment.file(), &writer)
    writer.active.isFileDurable = true
    let active = writer.active
    view.withLock { view in
      view.segments = [active]
      view.tail.removeAll()
      view.cursors.removeAll()
      view.logStartOffset = min(view.logStartOffset, offset)
      view.syncedOffset = offset
      view.epochs = epochs
      view.transactions = []
      view.areEpochsSaved = true
    }
    try saveCheckpoints()
    for status in old { try unlink(status.baseOffset) }
  }

  /// Takes a segment's files out of the log, durably; they are unlinked later or at the next start.
  ///
  /// The batches go first: a segment that came back without its index of aborted transactions would
  /// show their records. Files without batches are removed at the next start.
  private func markDeleted(_ base: Offset) throws(StorageError) {
    try hide(.log, base)
    try fileSystem.syncDirectory(directory)
    for kind in SegmentFile.allCases where kind != .log { try hide(kind, base) }
  }

  private func hide(_ kind: SegmentFile, _ base: Offset) throws(StorageError) {
    let path = kind.path(in: directory, base: base)
    guard fileSystem.exists(path) else { return }
    try fileSystem.rename(path, to: path + SegmentFile.deletedSuffix)
  }

  func unlink(_ base: Offset) throws(StorageError) {
    for kind in SegmentFile.allCases {
      try fileSystem.remove(
        kind.path(in: directory, base: base) + SegmentFile.deletedSuffix)
    }
  }
}
