import Platform
import Records

extension PartitionLog {
  /// Closes the active segment and starts a new one, unless it is empty; says whether it did.
  @discardableResult
  package func roll(now: Int64) throws(StorageError) -> Bool {
    try roll(now: now) { $0.position > 0 }
  }

  /// Does what time demands: closes the active segment when it has waited for `segment.ms`, and
  /// forgets idle producers. Says whether a segment was closed.
  @discardableResult
  package func rollIfDue(now: Int64) throws(StorageError) -> Bool {
    try roll(now: now) { writer in
      writer.producers.expire(now: now, expiration: writer.config.producerExpirationMilliseconds)
      return writer.isOverdue(now: now)
    }
  }

  private func roll(
    now: Int64, if isDue: (inout LogWriter) -> Bool
  ) throws(StorageError) -> Bool {
    try fence.check()
    return try writer.withLock { (writer) throws(StorageError) -> Bool in
      if writer.isClosed || !isDue(&writer) { return false }
      try fence.guardingUnlessFull { () throws(StorageError) in try roll(&writer, now: now) }
      return true
    }
  }

  /// Closes the active segment: nothing is synced here, `sync` does that for closed segments too.
  /// Can be done again when the disk is too full for it.
  func roll(_ writer: inout LogWriter, now: Int64) throws(StorageError) {
    try writer.active.addTimeEntry()
    try writer.active.segment.offsets.flush()
    try writer.active.segment.times.flush()
    try writer.active.segment.transactions.flush()
    writer.producers.expire(now: now, expiration: writer.config.producerExpirationMilliseconds)
    try writeSnapshot(writer)
    let segment = try LogSegment.create(
      fileSystem, directory: directory, baseOffset: writer.endOffset)
    begin(segment, try segment.file(), &writer)
    let active = writer.active
    view.withLock { view in
      view.segments[view.segments.count - 1].isActive = false
      view.segments.append(active)
      view.tail.removeAll()
    }
  }

  /// Makes `segment`, a new and empty one, the active one.
  func begin(_ segment: LogSegment, _ file: any File, _ writer: inout LogWriter) {
    writer.active = SegmentStatus(segment)
    writer.file = file
    writer.writebackPosition = 0
  }

  /// Writes the producers' state as of the end of the log; not durable.
  func writeSnapshot(_ writer: borrowing LogWriter) throws(StorageError) {
    let path = SegmentFile.snapshot.path(in: directory, base: writer.endOffset)
    let file = try fileSystem.open(path, .truncate)
    let block = ProducerSnapshot.encode(writer.producers)
    defer { withExtendedLifetime(block) {} }
    do throws(StorageError) {
      try file.write([block.bytes], at: 0)
    } catch {
      // A piece of one is of no use to anybody; a start would throw it away.
      try? fileSystem.remove(path)
      throw error
    }
  }
}
