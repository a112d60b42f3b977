import KafkaProtocol

extension TransactionMachine {
  /// - Parameter newID: a producer id that was got for this request.
  mutating func end(_ end: TransactionEnd, _ token: ReplyToken, newID: Int64? = nil) {
    guard let current else {
      let code: ErrorCode = isBusy ? .concurrentTransactions : .invalidProducerIDMapping
      return reply(token, .failed(code))
    }
    let verdict =
      end.clientVersion >= 2 ? judge(end, current) : judgeWithoutBump(end, current)
    // A fenced producer must not take it for a reason to try again. Everyone else must: the change
    // on its way may be the first partition of the very transaction that is to end.
    if isBusy, verdict.dependsOnState { return reply(token, .failed(.concurrentTransactions)) }
    switch verdict {
    case .refused(let code): reply(token, .failed(code))
    case .alreadyDone: reply(token, .producer(.none, current.identity))
    case .decided: decide(end, current, token, newID)
    }
  }

  private enum Verdict {
    case refused(ErrorCode)
    case alreadyDone
    case decided

    /// Whether a change of the state may make it another; who the producer is does not matter then.
    var dependsOnState: Bool {
      switch self {
      case .refused(let code): code == .invalidTxnState || code == .concurrentTransactions
      case .alreadyDone, .decided: true
      }
    }
  }

  /// Judges the end of a transaction of an older client: its epoch stays what it is.
  private func judgeWithoutBump(
    _ end: TransactionEnd, _ current: TransactionMetadata
  ) -> Verdict {
    if end.producer.id != current.producerID { return .refused(.invalidProducerIDMapping) }
    if end.producer.epoch != current.producerEpoch { return .refused(.producerFenced) }
    switch current.state {
    case .ongoing: return .decided
    case .completeCommit: return end.commits ? .alreadyDone : .refused(.invalidTxnState)
    case .completeAbort: return end.commits ? .refused(.invalidTxnState) : .alreadyDone
    case .prepareCommit:
      return .refused(end.commits ? .concurrentTransactions : .invalidTxnState)
    case .prepareAbort:
      return .refused(end.commits ? .invalidTxnState : .concurrentTransactions)
    case .empty: return .refused(.invalidTxnState)
    case .dead, .prepareEpochFence: return .refused(.unknownServerError)
    }
  }

  /// Judges the end of a transaction whose producer gets a higher epoch with it (KIP-890): who
  /// still names the epoch before asks for the second time.
  private func judge(_ end: TransactionEnd, _ current: TransactionMetadata) -> Verdict {
    let isAfterOverflow =
      end.producer.id == current.previousProducerID && end.producer.id != current.producerID
      && end.producer.epoch == TransactionMetadata.exhaustedEpoch && current.producerEpoch == 0
    let isRetry =
      isAfterOverflow
      || (end.producer.id == current.producerID
        && Int(end.producer.epoch) + 1 == Int(current.producerEpoch))
    if end.producer.id != current.producerID, !isAfterOverflow {
      return .refused(.invalidProducerIDMapping)
    }
    let isPresent = end.producer.epoch == current.producerEpoch
    switch current.state {
    case .ongoing: return isPresent ? .decided : .refused(.producerFenced)
    case .empty:
      // An abort of nothing still raises the epoch: the client may have sent what never came.
      guard isPresent else { return .refused(.producerFenced) }
      return end.commits ? .refused(.invalidTxnState) : .decided
    case .prepareCommit, .prepareAbort:
      guard isRetry else { return .refused(.producerFenced) }
      let isSame = end.commits == (current.state == .prepareCommit)
      return .refused(isSame ? .concurrentTransactions : .invalidTxnState)
    case .completeCommit, .completeAbort:
      guard isRetry || isPresent else { return .refused(.producerFenced) }
      if isRetry {
        let isSame = end.commits == (current.state == .completeCommit)
        return isSame ? .alreadyDone : .refused(.invalidTxnState)
      }
      return end.commits ? .refused(.invalidTxnState) : .decided
    case .dead, .prepareEpochFence: return .refused(.unknownServerError)
    }
  }

  private mutating func decide(
    _ end: TransactionEnd, _ current: TransactionMetadata, _ token: ReplyToken, _ newID: Int64?
  ) {
    var next = current
    if end.clientVersion >= 2 {
      if current.isEpochExhausted {
        guard let newID else { return allocateID(for: .end(end, token)) }
        next.nextProducerID = newID
      }
      next.lastProducerEpoch = current.producerEpoch
      next.producerEpoch = current.raisedEpoch
    }
    // Without a partition nothing has begun, and yet there is to be a time.
    if current.state != .ongoing { next.startTimestamp = now }
    next.clientVersion = end.clientVersion
    next.state = end.commits ? .prepareCommit : .prepareAbort
    next.lastUpdateTimestamp = now
    persist(
      next, then: .decided([(token, .producer(.none, next.completed(at: now).identity))]))
  }

  // MARK: Telling the partitions

  /// Writes the markers of a decided transaction; a transaction without partitions is complete.
  mutating func startMarkers() {
    guard let current, current.state.isPrepared, !isWritingMarkers, !isBusy else { return }
    isWritingMarkers = true
    if current.partitions.isEmpty { return complete() }
    actions.append(
      .writeMarkers(
        DecidedTransaction(
          producer: current.identity, commits: current.state == .prepareCommit,
          partitions: current.partitions.sorted(), clientVersion: current.clientVersion)))
  }

  /// Every partition knows the outcome. A crash before this is in the log writes the markers once
  /// more, which changes nothing, so nobody waits for the disk.
  mutating func complete() {
    guard let current, current.state.isPrepared, isWritingMarkers, !isBusy else { return }
    isWritingMarkers = false
    persist(current.completed(at: now), awaitsSync: false, then: .completed)
  }

  /// The outcome stands, so who waits for it is told; the next check tries again.
  mutating func markersFailed() {
    isWritingMarkers = false
    answerOwed()
  }

  mutating func answerOwed() {
    for (token, answer) in owed { reply(token, answer) }
    owed = []
  }
}

extension TransactionMetadata {
  var identity: ProducerIdentity { ProducerIdentity(id: producerID, epoch: producerEpoch) }

  /// The state after every partition knows the outcome.
  func completed(at now: Int64) -> TransactionMetadata {
    var next = self
    next.state = state == .prepareCommit ? .completeCommit : .completeAbort
    if nextProducerID >= 0 {
      next.producerID = nextProducerID
      next.nextProducerID = -1
      next.producerEpoch = 0
    }
    next.partitions = []
    next.lastUpdateTimestamp = now
    return next
  }
}
