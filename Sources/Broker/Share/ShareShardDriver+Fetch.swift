import CommitLog
import Coordinators
import KafkaProtocol
import Platform
import Records

extension ShareShardDriver {
  /// The most bytes of a partition that one look takes: members ask for records by their number,
  /// and what is not acquired is not sent.
  private static let bytesPerLook = 4 << 20
  /// Looks that find only gaps before other work of the loop gets its turn.
  private static let looksPerTurn = 8

  /// What a look at the log found.
  private enum Look {
    case piece(SharePiece)
    /// There is nothing now, or it is on its way and will be signalled.
    case nothing
    case failed(ErrorCode)
  }

  /// Reads what a member may have and lets it acquire it. What has to be waited for is signalled.
  func fetch(_ ask: ShareFetchAsk) -> ShareFetchPart {
    var part = ShareFetchPart()
    if ask.partition.isRemoved {
      part.code = .unknownTopicID
      return part
    }
    let readied = readied(ask)
    watch(ask)
    guard let machine = readied else {
      part.code = parts.budget.isFull ? .unknownServerError : .none
      return part
    }
    if let failure = machine.failure {
      part.code = failure
      return part
    }
    for _ in 0..<Self.looksPerTurn {
      guard let from = self.machine(ask.key)?.nextFetchOffset else { return part }
      switch look(ask, from: from) {
      case .nothing: return part
      case .failed(let code):
        part.code = code
        return part
      case .piece(let piece):
        if ask.probes, piece.byteCount > 0 {
          part.byteCount = piece.byteCount
          return part
        }
        part.acquired = acquire(ask.acquisition, of: piece.reading, from: ask.key)
        if part.acquired.isEmpty { continue }
        (part.records, part.coldByteCount) = piece.records(of: part.acquired)
        part.byteCount = part.records.byteCount
        return part
      }
    }
    ask.watching.watch.signal(ask.watching.stateSlot, endsWatch: false)
    return part
  }

  /// Before anything is read, so that what comes in between is not missed.
  private func watch(_ ask: ShareFetchAsk) {
    let watching = ask.watching
    let isThere = machine(ask.key) != nil || beginning.contains(ask.key)
    if watching.addsState, isThere {
      watch(ask.key, watching.watch, slot: watching.stateSlot)
    }
    if watching.addsLog { ask.partition.watchers.add(watching.watch, slot: watching.slot) }
  }

  /// The share-partition, as far as the log reaches now; nil while it is not known where it
  /// begins.
  private func readied(_ ask: ShareFetchAsk) -> SharePartitionMachine? {
    guard let machine = machine(ask.key), !machine.needsStart else {
      if !parts.budget.isFull { begin(ask) }
      return nil
    }
    let logStart = ask.partition.log.logStartOffset
    if let start = machine.startOffset, start < logStart {
      handle(.logStartMoved(logStart), of: ask.key)
    }
    noteLeaderEpoch(ask.partition.leaderEpoch, of: ask.key)
    return self.machine(ask.key)
  }

  private func begin(_ ask: ShareFetchAsk) {
    guard beginning.insert(ask.key).inserted else { return }
    let key = ask.key
    let start = ShareStart(
      partition: ask.partition, cold: parts.cold, pool: parts.pool, log: parts.log)
    start.find(ask.settings.reset, wallMilliseconds: now.wallMilliseconds) { [self] offset in
      post { driver in
        driver.beginning.remove(key)
        if let offset {
          driver.handle(.begin(offset), of: key)
        } else if driver.machine(key) == nil {
          // Whoever fetches next searches again; those that wait now do so to their end.
          driver.unwatch(key)
        }
      }
    }
  }

  // MARK: The log

  private func look(_ ask: ShareFetchAsk, from: Offset) -> Look {
    let partition = ask.partition
    let limit =
      ask.settings.readsCommitted ? partition.lastStableOffset : partition.highWatermark
    guard from < limit else { return .nothing }
    let maxBytes = min(max(0, ask.maxBytes), Self.bytesPerLook)
    do throws(StorageError) {
      switch try partition.log.read(
        from: from, maxBytes: maxBytes, below: limit, atLeastOne: true)
      {
      case .slice(let slice):
        guard slice.isResident || !readIn(slice, ask) else { return .nothing }
        return .piece(try piece(.file(slice), ask, from: from, end: slice.endOffset))
      case .empty: return skipToEnd(ask, from: from, limit: limit)
      case .beyondEnd: return .nothing
      case .beforeLocalStart: return try lookInCold(ask, from: from, maxBytes: maxBytes)
      }
    } catch {
      parts.log.error(
        "a share group's fetch cannot read the log", ("topic", partition.topicName),
        ("partition", partition.id), ("error", error))
      return .failed(.kafkaStorageError)
    }
  }

  /// Nothing lies between the offset and the limit any more: compaction has left a gap.
  private func skipToEnd(_ ask: ShareFetchAsk, from: Offset, limit: Offset) -> Look {
    _ = acquire(ask.acquisition, of: ShareReading(from: from, end: limit), from: ask.key)
    return .nothing
  }

  private func lookInCold(
    _ ask: ShareFetchAsk, from: Offset, maxBytes: Int
  ) throws(StorageError) -> Look {
    // The log start moved under the look: the next one sees it.
    guard from >= ask.partition.log.logStartOffset else { return .nothing }
    let room = min(maxBytes, ask.maxColdBytes)
    guard room > 0 else { return .nothing }
    let watching = ask.watching
    let outcome = parts.cold.read(ask.partition, from: from, maxBytes: room) {
      watching.watch.signal(watching.stateSlot, endsWatch: false)
    }
    switch outcome {
    case .batches(let block):
      // What was aborted is not in the lake.
      return .piece(try piece(.memory(block), ask, from: from, end: nil))
    case .pending: return .nothing
    case .failed(let failure): return .failed(failure.code)
    }
  }

  /// - Parameter end: All batches lie below it; nil where nothing was aborted.
  private func piece(
    _ source: SharePiece.Source, _ ask: ShareFetchAsk, from: Offset, end: Offset?
  ) throws(StorageError) -> SharePiece {
    var aborted: [AbortedTransaction] = []
    if ask.settings.readsCommitted, let end {
      aborted = try ask.partition.log.abortedTransactions(from: from, below: end)
    }
    let machine = machine(ask.key)
    let wanted = ask.acquisition.maximumRecords
    var count = 0
    return try SharePiece(source, from: from, without: aborted) { offsets in
      count += machine?.acquirableCount(in: offsets) ?? 0
      return count >= wanted
    }
  }

  /// Has a pool thread bring the range into the page cache, so that sendfile will not wait for the
  /// disk on a loop's thread; false when too many reads wait already.
  private func readIn(_ slice: FileSlice, _ ask: ShareFetchAsk) -> Bool {
    let watching = ask.watching
    return parts.pool.submit {
      // Reading brings the pages in; an error shows again where the range is sent.
      _ = try? slice.read()
      watching.watch.signal(watching.stateSlot, endsWatch: false)
    }
  }
}
