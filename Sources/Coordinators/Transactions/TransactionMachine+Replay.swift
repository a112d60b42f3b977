import KafkaProtocol

extension TransactionMachine {
  // MARK: Records on their way

  mutating func persisted(_ ticket: PersistTicket) {
    guard let transition = inFlight, transition.ticket == ticket else { return }
    inFlight = nil
    current = transition.next
    switch transition.follow {
    case .initialized(let token):
      if let current { reply(token, .producer(.none, current.identity)) }
    case .added(let requests): answerAdded(requests)
    case .decided(let answers):
      owed += answers
      startMarkers()
    case .completed: answerOwed()
    case .expired: break
    }
  }

  mutating func failed(_ ticket: PersistTicket, _ code: ErrorCode) {
    guard let transition = inFlight, transition.ticket == ticket else { return }
    inFlight = nil
    switch transition.follow {
    case .initialized(let token): reply(token, .failed(code))
    case .added(let requests):
      for (addition, token) in requests { reply(token, addition.answer(code)) }
      addWaiting()
    case .decided(let answers):
      for (token, answer) in answers {
        if case .producer(.none, _) = answer {
          reply(token, .failed(code))
        } else {
          reply(token, answer)
        }
      }
    case .completed: answerOwed()
    case .expired: break
    }
  }

  // MARK: Replay

  /// Takes in a record of the log, at start.
  mutating func replay(_ record: TransactionRecord) { current = record.metadata }

  /// The replay is complete: a decided transaction's partitions are told, again perhaps.
  package mutating func resume(at time: Int64) -> [TransactionAction] {
    now = time
    startMarkers()
    defer { actions.removeAll() }
    return actions
  }

  // MARK: Time

  /// Aborts a transaction that has been open for longer than its producer asked for.
  mutating func checkTimeout() {
    guard let current, !isBusy else { return }
    if current.state.isPrepared { return startMarkers() }
    guard current.state == .ongoing,
      now - current.startTimestamp > Int64(current.timeoutMilliseconds)
    else { return }
    fence(current, owing: [])
  }

  /// Forgets an id that has had no transaction for long.
  mutating func checkExpiry() {
    guard let current, !isBusy,
      now - current.lastUpdateTimestamp >= config.idExpirationMilliseconds
    else { return }
    switch current.state {
    case .empty, .completeCommit, .completeAbort: persist(nil, then: .expired)
    default: break
    }
  }

  /// Sends everyone who waits away, and does no more.
  mutating func unload() {
    let code = ErrorCode.notCoordinator
    switch inFlight?.follow {
    case .initialized(let token): reply(token, .failed(code))
    case .added(let requests):
      for (addition, token) in requests { reply(token, addition.answer(code)) }
    case .decided(let answers): for (token, _) in answers { reply(token, .failed(code)) }
    case .completed, .expired, nil: break
    }
    switch awaitingID {
    case .initialize(_, let token), .end(_, let token): reply(token, .failed(code))
    case nil: break
    }
    for (addition, token) in waiting { reply(token, addition.answer(code)) }
    for (token, _) in owed { reply(token, .failed(code)) }
    inFlight = nil
    awaitingID = nil
    waiting = []
    owed = []
    current = nil
  }
}
