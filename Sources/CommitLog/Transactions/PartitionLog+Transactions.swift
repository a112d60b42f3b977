import Platform
import Records

extension PartitionLog {
  /// The offset below which every transaction has ended; consumers of committed records read up to
  /// it, and nothing at or above it settles. Never below the log start, never above the end.
  package var lastStableOffset: Offset { view.withLock { $0.lastStableOffset } }

  /// Ends a producer's transaction with a control batch; durable only after `sync`.
  ///
  /// It is written whether or not the log holds records of the transaction. An epoch above the
  /// producer's fences the older one (KIP-890).
  ///
  /// - Parameter now: Milliseconds since 1970, also the marker's timestamp.
  /// - Returns: `.appended`; `.invalidProducerEpoch` for a fenced producer;
  ///   `.coordinatorFenced` for a coordinator that another has replaced.
  package func endTransaction(
    _ marker: TransactionMarker, epoch: LeaderEpoch, now: Int64
  ) throws(StorageError) -> AppendOutcome {
    let block = marker.batch(timestamp: now)
    defer { withExtendedLifetime(block) {} }
    let bytes = UnsafeMutableRawBufferPointer(mutating: block.bytes)
    var batch = BatchAppend(
      bytes: bytes, header: BatchHeader(unchecked: UnsafeRawPointer(bytes.baseAddress!)),
      origin: .coordinator)
    batch.marker = marker
    return try append([batch], epoch: epoch, now: now)[0]
  }

  /// Whether a transaction of the producer has records and no marker yet; with an epoch: one of
  /// that epoch.
  package func hasOpenTransaction(ofProducer producerID: Int64, epoch: Int16? = nil) -> Bool {
    view.withLock { view in
      view.transactions.contains {
        $0.producerID == producerID && (epoch == nil || $0.producerEpoch == epoch)
      }
    }
  }

  /// Takes a guard; before the coordinator is asked.
  package func verificationGuard() -> VerificationGuard { VerificationGuard(taken: endOffset) }

  /// Notes a batch that is refused for now, so that no later one of its producer, which may be on
  /// its way, begins in its place; see `ProducerState.sendBack`.
  package func sendBack(_ header: BatchHeader, now: Int64) {
    writer.withLock { writer in
      writer.producers.sendBack(header, now: now, limit: writer.config.producerLimit)
    }
  }

  /// The aborted transactions that may have records in `start..<end`, in the order of their
  /// markers. `end` must not lie above the last stable offset. Blocks on the disk.
  package func abortedTransactions(
    from start: Offset, below end: Offset
  ) throws(StorageError) -> [AbortedTransaction] {
    guard start < end else { return [] }
    var found: [AbortedTransaction] = []
    var isComplete = false
    var searched = Offset(-1)
    while !isComplete,
      let segment = view.withLock({ $0.segmentWithAborts(from: start, above: searched) })
    {
      searched = segment.baseOffset
      do throws(StorageError) {
        try segment.transactions.forEach(from: { $0.lastOffset < start }) { entry in
          if entry.firstOffset < end { found.append(entry) }
          isComplete = entry.lastStableOffset >= end
          return !isComplete
        }
      } catch {
        // A segment deleted under the search takes its records with it.
        if isListed(segment) { throw error }
      }
    }
    return found
  }

  /// What the partition remembers of each producer (KIP-664), by id.
  package var producers: [ProducerDescription] {
    let entries = writer.withLock { $0.producers.entries }
    return entries.map { ProducerDescription($0.key, $0.value) }.sorted {
      $0.producerID < $1.producerID
    }
  }
}

extension LogView {
  var lastStableOffset: Offset {
    guard let first = transactions.first else { return endOffset }
    return max(first.firstOffset, min(logStartOffset, endOffset))
  }

  /// The first segment with aborted transactions in its index among that of `offset` and the later
  /// ones, beginning above `base`.
  func segmentWithAborts(from offset: Offset, above base: Offset) -> LogSegment? {
    let first = segmentIndex(of: max(offset, base)) ?? 0
    return segments[first...].first { $0.abortCount > 0 && $0.baseOffset > base }?.segment
  }
}
