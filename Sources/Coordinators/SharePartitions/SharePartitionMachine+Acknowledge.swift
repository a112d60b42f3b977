import KafkaProtocol
import Records

extension SharePartitionMachine {
  /// Takes what a member says of its records: all of it, or nothing and the error.
  mutating func acknowledge(
    _ batches: [Acknowledgement], by member: String, _ lockMilliseconds: Int64,
    _ token: ReplyToken
  ) {
    if let failure { return reply(token, failure) }
    if let problem = problem(with: batches, of: member) { return reply(token, problem) }
    var changed: [ClosedRange<Offset>] = []
    for batch in batches {
      // What lies below the start is done with, whoever did it.
      let first = max(batch.first, window.start)
      guard first <= batch.last else { continue }
      if batch.type == .renew {
        renew(from: first, through: batch.last, lockMilliseconds)
      } else {
        settle(from: first, through: batch.last, batch.type)
        changed.append(first...batch.last)
      }
    }
    if changed.isEmpty { return reply(token, .none) }
    store(changed, for: token)
  }

  /// Why acknowledgements cannot be taken; nil when they can.
  private func problem(with batches: [Acknowledgement], of member: String) -> ErrorCode? {
    guard isOpen else { return .invalidRecordState }
    for batch in batches where batch.last >= window.start {
      if batch.last >= window.end { return .invalidRequest }
      let first = max(batch.first, window.start)
      for run in window.runs(from: first, through: batch.last) {
        // Members call gaps by their name that are known to be gaps.
        if batch.type == .gap, run.state == .archived { continue }
        guard run.state == .acquired, run.holder?.member == member else {
          return .invalidRecordState
        }
      }
    }
    return nil
  }

  private mutating func renew(from first: Offset, through last: Offset, _ lock: Int64) {
    let deadline = now.monotonicMilliseconds + lock
    window.change(from: first, through: last) { $0.holder?.deadline = deadline }
  }

  private mutating func settle(
    from first: Offset, through last: Offset, _ type: AcknowledgeType
  ) {
    let limit = config.deliveryCountLimit
    window.change(from: first, through: last) { run in
      run.holder = nil
      switch type {
      case .accept: run.state = .acknowledged
      case .gap, .reject: run.state = .archived
      case .release: run.becomeAvailable(limit: limit)
      case .renew: preconditionFailure("a renewed record keeps its holder")
      }
    }
  }

  /// Gives back what a member has that is gone. The records were fetched, but nobody has worked
  /// with them, so this delivery does not count (as in Kafka), and what is stored stays true.
  mutating func release(_ member: String) {
    for run in window.runs where run.holder?.member == member {
      window.change(from: run.first, through: run.last) { run in
        run.holder = nil
        run.state = .available
        run.deliveryCount -= 1
      }
    }
  }

  /// Gives back what members have had for too long.
  mutating func checkLocks() {
    let present = now.monotonicMilliseconds
    let limit = config.deliveryCountLimit
    var changed: [ClosedRange<Offset>] = []
    for run in window.runs where run.holder.map({ $0.deadline <= present }) ?? false {
      changed.append(run.first...run.last)
      window.change(from: run.first, through: run.last) { run in
        run.holder = nil
        run.becomeAvailable(limit: limit)
      }
    }
    nextCheck = window.runs.compactMap { $0.holder?.deadline }.min()
    if !changed.isEmpty { store(changed, for: nil) }
  }

  // MARK: What is stored

  /// Stores the state of offsets that have changed, and the start, which may have moved over them.
  private mutating func store(_ changed: [ClosedRange<Offset>], for token: ReplyToken?) {
    window.advance()
    updatesSinceSnapshot += 1
    if updatesSinceSnapshot > config.updatesPerSnapshot {
      persist(.snapshot(snapshot()), for: token)
      return
    }
    var value = ShareUpdateValue()
    value.snapshotEpoch = snapshotEpoch
    value.leaderEpoch = leaderEpoch
    value.startOffset = window.start
    value.deliveryCompleteCount = Int32(clamping: finishedCount)
    for range in changed where range.upperBound >= window.start {
      let runs = window.runs(
        from: max(range.lowerBound, window.start), through: range.upperBound)
      value.stateBatches += runs.compactMap(ShareStateBatch.init)
    }
    persist(.update(value), for: token)
  }

  /// Everything, as the next snapshot tells it.
  mutating func snapshot() -> ShareSnapshotValue {
    snapshotEpoch += 1
    updatesSinceSnapshot = 0
    return ShareSnapshotValue { value in
      value.snapshotEpoch = snapshotEpoch
      value.stateEpoch = stateEpoch
      value.leaderEpoch = leaderEpoch
      value.startOffset = window.start
      value.createTimestamp = createTimestamp
      value.writeTimestamp = now.wallMilliseconds
      value.stateBatches = window.runs.compactMap(ShareStateBatch.init)
      value.deliveryCompleteCount = Int32(clamping: finishedCount)
    }
  }
}

extension InFlightRun {
  /// Somebody may have it again, unless it was delivered too often.
  fileprivate mutating func becomeAvailable(limit: Int16) {
    state = deliveryCount >= limit ? .archived : .available
  }
}

extension ShareStateBatch {
  /// What is stored of a run: of one that is acquired what it was before. Nil for what needs not be
  /// stored, since it is what a gap means.
  fileprivate init?(_ run: InFlightRun) {
    let isAcquired = run.state == .acquired
    let count = isAcquired ? run.deliveryCount - 1 : run.deliveryCount
    let state = isAcquired ? DeliveryState.available : run.state
    if state == .available, count == 0 { return nil }
    self.init()
    firstOffset = run.first
    lastOffset = run.last
    deliveryState = state.rawValue
    deliveryCount = count
  }
}
