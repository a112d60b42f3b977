import Platform
import Records

extension PartitionLog {
  /// Makes everything appended before the call durable; blocks, so not for an event loop.
  ///
  /// One sync is under way at a time. Callers that come meanwhile wait for it, and the first of
  /// them then syncs for all. `syncedOffset` moves only after success. A failure fences the
  /// directory and is never retried; but where a full disk had no room for an index or a snapshot,
  /// no fdatasync has failed, and the next call may succeed.
  ///
  /// - Returns: The new `syncedOffset`.
  @discardableResult
  package func sync() throws(StorageError) -> Offset {
    try fence.check()
    let wanted = endOffset
    if let synced = covering(wanted) { return synced }
    return try syncing.withLock { (_) throws(StorageError) -> Offset in
      // Somebody else's sync, begun after this call, may have done it.
      if let synced = covering(wanted) { return synced }
      try fence.check()
      try checkNotAbandoned()
      return try fence.guardingUnlessFull { () throws(StorageError) in try syncAll() }
    }
  }

  /// Does what `sync` does, and makes the indexes of segments durable that have been closed since:
  /// the recovery point stays below those until then.
  package func flush() throws(StorageError) {
    try sync()
    guard view.withLock({ $0.hasUnsealed }) else { return }
    try syncing.withLock { (_) throws(StorageError) in
      try fence.check()
      try checkNotAbandoned()
      _ = try fence.guardingUnlessFull { () throws(StorageError) in try syncAll() }
    }
  }

  private func covering(_ wanted: Offset) -> Offset? {
    let synced = syncedOffset
    return synced >= wanted ? synced : nil
  }

  /// Syncs all segments that need it, oldest first; `syncing` must be held.
  func syncAll() throws(StorageError) -> Offset {
    let (end, dirty, epochs) = view.withLock { view in
      (
        view.endOffset, view.segments.filter { !$0.isSealed },
        view.areEpochsSaved ? nil : view.epochs
      )
    }
    // The indexes of a closed one may be new files too.
    var hasNewFile = dirty.contains { !$0.isFileDurable || !$0.isActive }
    for status in dirty {
      if status.isActive {
        // Below the recovery point no start makes it anew: without it aborted records would show.
        if try status.segment.transactions.sync() { hasNewFile = true }
        try status.segment.file().sync()
      } else {
        try seal(status)
      }
    }
    if hasNewFile { try fileSystem.syncDirectory(directory) }
    if let epochs { try save(epochs) }
    view.withLock { view in
      for status in dirty {
        view.update(status.baseOffset) {
          $0.isFileDurable = true
          if !status.isActive { $0.isSealed = true }
        }
      }
      if view.epochs == epochs { view.areEpochsSaved = true }
      view.syncedOffset = max(view.syncedOffset, end)
    }
    return end
  }

  /// Makes a closed segment durable with its indexes and the snapshot that was taken at its end.
  private func seal(_ status: SegmentStatus) throws(StorageError) {
    try status.segment.seal()
    let snapshot = SegmentFile.snapshot.path(in: directory, base: status.endOffset)
    if fileSystem.exists(snapshot) { try fileSystem.open(snapshot, .readWrite).sync() }
  }

  private func save(_ epochs: LeaderEpochCache) throws(StorageError) {
    try fileSystem.replace(
      "\(directory)/\(LeaderEpochCache.fileName)", with: Array(epochs.text.utf8))
  }

  /// Syncs everything, writes the indexes and the producers' state out, and takes no more appends.
  package func close() throws(StorageError) {
    try syncing.withLock { (_) throws(StorageError) in
      let wasOpen = try writer.withLock { (writer) throws(StorageError) -> Bool in
        if writer.isClosed { return false }
        writer.isClosed = true
        try fence.check()
        try writer.active.addTimeEntry()
        try writeSnapshot(writer)
        return true
      }
      guard wasOpen else { return }
      try fence.guarding { () throws(StorageError) in
        _ = try syncAll()
        if let active = segments.last { try seal(active) }
        try fileSystem.syncDirectory(directory)
      }
    }
  }

  /// Takes no more appends or syncs and touches the files no more; waits for those under way.
  func abandon() {
    syncing.withLock { _ in
      writer.withLock { $0.isClosed = true }
      isAbandoned.store(true, ordering: .releasing)
    }
  }

  func checkNotAbandoned() throws(StorageError) {
    // 116 is ESTALE.
    if isAbandoned.load(ordering: .acquiring) {
      throw .failed(operation: "sync", path: directory, errno: 116)
    }
  }
}
