import Platform
import Records

extension PartitionLog {
  /// Appends whole, checked batches with one write (one for each segment they go to).
  ///
  /// Each batch gets the next offsets and `epoch`, written into the caller's bytes. Batches of
  /// idempotent producers that are duplicates or out of order are left out; the others go on. The
  /// batches can be read when this returns; they are durable only after `sync`. A failed write
  /// fences the directory; but when the disk is full, the log is as before, and the next append may
  /// find room. (Batches that went to an older segment than the one that found none are in the log
  /// though.)
  ///
  /// - Parameter now: Milliseconds since 1970, for rolling and for the producers' expiry.
  /// - Returns: What became of each batch, in their order.
  package func append(
    _ batches: [BatchAppend], epoch: LeaderEpoch, now: Int64
  ) throws(StorageError) -> [AppendOutcome] {
    try fence.check()
    return try writer.withLock { (writer) throws(StorageError) -> [AppendOutcome] in
      try checkOpen(writer)
      return try fence.guardingUnlessFull { () throws(StorageError) in
        try append(batches, epoch, now, &writer)
      }
    }
  }

  private func append(
    _ batches: [BatchAppend], _ epoch: LeaderEpoch, _ now: Int64, _ writer: inout LogWriter
  ) throws(StorageError) -> [AppendOutcome] {
    var outcomes: [AppendOutcome] = []
    outcomes.reserveCapacity(batches.count)
    var pending = PendingWrite(before: writer.active)
    writer.producers.noteChanges()
    for batch in batches {
      if batch.header.hasProducerID {
        let refusal = AppendOutcome(writer.producers.check(batch))
        if let refusal {
          outcomes.append(refusal)
          continue
        }
      }
      if writer.mustRoll(for: batch.header, now: now, pendingEntries: pending.points.count) {
        try publish(&pending, &writer)
        try roll(&writer, now: now)
        pending = PendingWrite(before: writer.active)
        writer.producers.noteChanges()
      }
      if writer.epoch != epoch { beginEpoch(epoch, &writer) }
      let header = place(batch, epoch, now, &writer, &pending)
      outcomes.append(.appended(baseOffset: header.baseOffset))
    }
    try publish(&pending, &writer)
    writer.producers.keepChanges()
    return outcomes
  }

  /// Gives a batch its offsets and counts it in.
  private func place(
    _ batch: BatchAppend, _ epoch: LeaderEpoch, _ now: Int64, _ writer: inout LogWriter,
    _ pending: inout PendingWrite
  ) -> BatchHeader {
    var header = batch.header
    header.baseOffset = writer.endOffset
    header.partitionLeaderEpoch = epoch
    BatchHeader.place(
      batch.bytes.baseAddress!, baseOffset: header.baseOffset, leaderEpoch: epoch)
    if header.hasProducerID { note(header, batch.marker, now, &writer, &pending) }
    if writer.position == 0 { writer.active.firstAppendMilliseconds = now }
    let point = writer.active.addIndexed(header, indexInterval: writer.config.indexIntervalBytes)
    if let point { pending.points.append(point) }
    pending.add(batch.bytes, baseOffset: header.baseOffset)
    return header
  }

  /// Notes what a producer's batch does to its transactions.
  private func note(
    _ header: BatchHeader, _ marker: TransactionMarker?, _ now: Int64, _ writer: inout LogWriter,
    _ pending: inout PendingWrite
  ) {
    let limit = writer.config.producerLimit
    guard let marker else { return writer.producers.record(header, now: now, limit: limit) }
    let aborted = writer.producers.end(
      marker, at: header.baseOffset, timestamp: header.maxTimestamp, now: now, limit: limit)
    guard let aborted else { return }
    pending.aborted.append(aborted)
    writer.active.abortCount += 1
  }

  /// Writes what is pending and lets readers see it. The index entry of an aborted transaction is
  /// there before anybody sees the last stable offset move.
  private func publish(
    _ pending: inout PendingWrite, _ writer: inout LogWriter
  ) throws(StorageError) {
    guard !pending.parts.isEmpty else { return }
    do throws(StorageError) {
      try writer.file.write(pending.parts, at: pending.position)
    } catch {
      throw takeBack(pending, &writer, error)
    }
    let active = writer.active
    for point in pending.points { try active.segment.add(point) }
    for aborted in pending.aborted { try active.segment.transactions.append(aborted) }
    writer.producers.keepChanges()
    let transactions = writer.producers.takeChangedTransactions()
    view.withLock { view in
      if let transactions { view.transactions = transactions }
      let last = view.segments.count - 1
      view.segments[last].follow(active)
      for boundary in pending.boundaries { view.tail.append(boundary) }
    }
    if writer.position - writer.writebackPosition >= writer.config.writebackBytes {
      writer.file.startWriteback(
        at: writer.writebackPosition, count: writer.position - writer.writebackPosition)
      writer.writebackPosition = writer.position
    }
  }

  /// After a failed write: forgets the batches, and cuts off what a full disk may have taken of
  /// them. Gives `error`, or a worse one.
  private func takeBack(
    _ pending: PendingWrite, _ writer: inout LogWriter, _ error: StorageError
  ) -> StorageError {
    writer.active = pending.before
    writer.producers.takeBackChanges()
    guard error.isRefusedForSpace else { return error }
    do throws(StorageError) {
      try writer.file.truncate(to: pending.position)
      return error
    } catch let worse { return worse }
  }

  /// Begins `epoch` at the end of the log, as its leader does before the first append: whoever asks
  /// where the epoch ends finds it although nothing was written under it yet.
  package func begin(_ epoch: LeaderEpoch) {
    writer.withLock { writer in
      if writer.epoch != epoch { beginEpoch(epoch, &writer) }
    }
  }

  /// Notes that batches from the end of the log on are written under `epoch`.
  ///
  /// The epochs' file follows with the next sync: until then recovery finds the epoch in the
  /// batches.
  private func beginEpoch(_ epoch: LeaderEpoch, _ writer: inout LogWriter) {
    writer.epoch = epoch
    let start = writer.endOffset
    view.withLock { view in
      if view.epochs.assign(epoch, startOffset: start) { view.areEpochsSaved = false }
    }
  }

  func checkOpen(_ writer: borrowing LogWriter) throws(StorageError) {
    // 116 is ESTALE: the log was closed or deleted under the caller.
    if writer.isClosed { throw .failed(operation: "append", path: directory, errno: 116) }
  }
}

/// Batches that have their offsets and wait for the write.
private struct PendingWrite {
  /// The active segment without them.
  let before: SegmentStatus
  private var end: Int64
  private(set) var parts: [UnsafeRawBufferPointer] = []
  private(set) var boundaries: [TailIndex.Boundary] = []
  /// Index entries that follow the batches into the segment.
  var points: [IndexPoint] = []
  var aborted: [AbortedTransaction] = []

  init(before: SegmentStatus) {
    self.before = before
    end = before.byteCount
  }

  /// Where they go in the segment's file.
  var position: Int64 { before.byteCount }

  mutating func add(_ bytes: UnsafeMutableRawBufferPointer, baseOffset: Offset) {
    boundaries.append(TailIndex.Boundary(baseOffset: baseOffset, position: end))
    end += Int64(bytes.count)
    // Batches that lie side by side in the receive buffer need one part only.
    if let last = parts.last, let start = last.baseAddress,
      start + last.count == UnsafeRawPointer(bytes.baseAddress!)
    {
      parts[parts.count - 1] = UnsafeRawBufferPointer(
        start: start, count: last.count + bytes.count)
    } else {
      parts.append(UnsafeRawBufferPointer(bytes))
    }
  }
}

extension SegmentStatus {
  /// Takes over how far the writer has come.
  mutating func follow(_ active: SegmentStatus) {
    byteCount = active.byteCount
    endOffset = active.endOffset
    firstTimestamp = active.firstTimestamp
    maxTimestamp = active.maxTimestamp
    maxTimestampOffset = active.maxTimestampOffset
    firstAppendMilliseconds = active.firstAppendMilliseconds
    abortCount = active.abortCount
  }
}

extension AppendOutcome {
  /// Why a batch is not appended; nil when it is fresh.
  fileprivate init?(_ verdict: ProducerState.Verdict) {
    switch verdict {
    case .fresh: return nil
    case .duplicate(let batch): self = .duplicate(baseOffset: batch.baseOffset)
    case .outOfOrderSequence: self = .outOfOrderSequence
    case .invalidProducerEpoch: self = .invalidProducerEpoch
    case .invalidTransactionState: self = .invalidTransactionState
    case .coordinatorFenced: self = .coordinatorFenced
    }
  }
}
