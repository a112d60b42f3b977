import CommitLog
import KafkaProtocol
import Platform
import Records

extension PendingFetch {
  /// Reads one slot's partition, as far as `room` lets it.
  ///
  /// - Parameters:
  ///   - number: which slot it is.
  ///   - missing: why the slot has no partition, if it has none.
  ///   - isFirst: nothing has been read yet, so a batch may be larger than all limits.
  func read(
    _ slot: FetchSession.Slot, _ number: Int32, missing: ErrorCode, room: Int, isFirst: Bool
  ) -> Part {
    var part = Part(answer: FetchResponse.Partition())
    part.answer.partitionIndex = slot.id
    guard let partition = slot.partition else {
      return failed(part, missing, nil)
    }
    if partition.isRemoved { return failed(part, terms.missingTopic, nil) }
    let highWatermark = partition.highWatermark
    let stable = partition.lastStableOffset
    if !terms.readsCommitted { part.answer.abortedTransactions = nil }
    part.answer.highWatermark = highWatermark
    part.answer.lastStableOffset = stable
    part.answer.logStartOffset = partition.log.logStartOffset
    if let problem = problem(slot, partition) { return failed(part, problem, partition) }
    if slot.lastFetchedEpoch.rawValue >= 0, !agrees(slot, partition, &part) { return part }
    if room <= 0, !isFirst { return part }
    let limit = terms.readsCommitted ? stable : highWatermark
    let maxBytes = min(Int(max(0, slot.maxBytes)), max(0, room))
    do throws(StorageError) {
      switch try partition.log.read(
        from: slot.offset, maxBytes: maxBytes, below: limit, atLeastOne: isFirst)
      {
      case .slice(let slice):
        if terms.readsCommitted {
          part.answer.abortedTransactions = try partition.abortedTransactions(
            from: slot.offset, in: slice)
        }
        guard slice.isResident else { return readIn(slice, part, number) }
        part.answer.records = .parts([slice.part])
        part.byteCount = slice.count
      case .empty: part.isCaughtUp = slot.offset >= limit
      case .beyondEnd: return failed(part, .offsetOutOfRange, partition)
      case .beforeLocalStart: return readCold(slot, number, partition, part, maxBytes)
      }
      return part
    } catch {
      broker.storageFailed(error, partition)
      return failed(part, .kafkaStorageError, partition)
    }
  }

  /// Why the slot's partition may not be read; nil when it may.
  private func problem(_ slot: FetchSession.Slot, _ partition: Partition) -> ErrorCode? {
    if let problem = partition.problem(withKnownEpoch: slot.currentLeaderEpoch) { return problem }
    guard terms.isReplica else { return nil }
    // As Kafka says to a follower that is not among the partition's replicas.
    return slot.currentLeaderEpoch.rawValue >= 0 ? .unknownLeaderEpoch : .notLeaderOrFollower
  }

  /// Whether what the client fetched last is what this log holds there; if not, it is told where
  /// the epochs part (KIP-595).
  private func agrees(_ slot: FetchSession.Slot, _ partition: Partition, _ part: inout Part) -> Bool
  {
    let end = partition.log.endOffset(for: slot.lastFetchedEpoch)
    guard let end, slot.offset >= part.answer.logStartOffset else {
      part = failed(part, .offsetOutOfRange, partition)
      return false
    }
    if end.epoch == slot.lastFetchedEpoch, end.offset >= slot.offset { return true }
    part.answer.divergingEpoch.epoch = end.epoch
    part.answer.divergingEpoch.endOffset = end.offset
    part.isUrgent = true
    return false
  }

  private func failed(_ part: Part, _ code: ErrorCode, _ partition: Partition?) -> Part {
    var part = part
    part.answer.errorCode = code
    if let partition {
      if code == .fencedLeaderEpoch, call.version >= 16 {
        part.answer.currentLeader.leaderID = broker.config.nodeID
        part.answer.currentLeader.leaderEpoch = partition.leaderEpoch
      }
    } else {
      part.answer.highWatermark = Offset(-1)
      part.answer.lastStableOffset = Offset(-1)
      part.answer.logStartOffset = Offset(-1)
    }
    part.isUrgent = true
    return part
  }

  /// Has a pool thread bring the range into the page cache, so that sendfile will not wait for the
  /// disk on the loop's thread; the partition stays empty in this look.
  private func readIn(_ slice: FileSlice, _ part: Part, _ number: Int32) -> Part {
    let watch = watch
    let isQueued = broker.pool.submit {
      // Reading brings the pages in; an error shows again where the range is sent.
      _ = try? slice.read()
      watch.signal(number, endsWatch: false)
    }
    if isQueued { return part }
    // Too many reads wait already: the loop pays for this one itself.
    var part = part
    part.answer.records = .parts([slice.part])
    part.byteCount = slice.count
    return part
  }

  private func readCold(
    _ slot: FetchSession.Slot, _ number: Int32, _ partition: Partition, _ part: Part,
    _ maxBytes: Int
  ) -> Part {
    guard slot.offset >= partition.log.logStartOffset else {
      return failed(part, .offsetOutOfRange, partition)
    }
    // Unlike what lies in files, cold bytes stay in memory until a slow client has taken them.
    let room = broker.limits.fetchMaxColdBytes - coldByteCount
    if room <= 0 { return part }
    let watch = watch
    let outcome = broker.cold.read(partition, from: slot.offset, maxBytes: min(maxBytes, room)) {
      watch.signal(number, endsWatch: false)
    }
    switch outcome {
    case .batches(let block):
      var part = part
      part.answer.records = .bytes(block)
      part.byteCount = block.count
      part.isCold = true
      return part
    case .pending: return part
    case .failed(let failure): return failed(part, failure.code, partition)
    }
  }
}
