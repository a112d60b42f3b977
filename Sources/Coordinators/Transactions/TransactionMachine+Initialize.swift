import KafkaProtocol

extension TransactionMachine {
  /// - Parameter newID: a producer id that was got for this request.
  mutating func initialize(
    _ request: ProducerInitialization, _ token: ReplyToken, newID: Int64? = nil
  ) {
    let timeout = request.timeoutMilliseconds
    guard timeout > 0, timeout <= config.maximumTimeoutMilliseconds else {
      return reply(token, .failed(.invalidTransactionTimeout))
    }
    if isBusy { return reply(token, .failed(.concurrentTransactions)) }
    guard let current else {
      guard let newID else { return allocateID(for: .initialize(request, token)) }
      return begin(newID, epoch: 0, last: -1, request, token)
    }
    if let expected = request.expected, !isKnown(expected, current) {
      return reply(token, .failed(.producerFenced))
    }
    switch current.state {
    case .empty, .completeCommit, .completeAbort:
      takeOver(current, request, token, newID)
    case .ongoing:
      // Not by one who has been fenced: the transaction is another's.
      if let expected = request.expected?.epoch, expected != current.producerEpoch,
        expected != current.lastProducerEpoch
      {
        return reply(token, .failed(.producerFenced))
      }
      // The client asks again and then gets an epoch that nobody had.
      fence(current, owing: [(token, .failed(.concurrentTransactions))])
    case .prepareCommit, .prepareAbort:
      reply(token, .failed(.concurrentTransactions))
    case .dead, .prepareEpochFence: reply(token, .failed(.unknownServerError))
    }
  }

  /// Whether the producer may be the present one, or the one before whose epochs were used up and
  /// who missed its new id (KIP-360).
  private func isKnown(_ expected: ProducerIdentity, _ current: TransactionMetadata) -> Bool {
    expected.id == current.producerID
      || (expected.id == current.previousProducerID
        && expected.epoch >= TransactionMetadata.exhaustedEpoch)
  }

  private mutating func takeOver(
    _ current: TransactionMetadata, _ request: ProducerInitialization, _ token: ReplyToken,
    _ newID: Int64?
  ) {
    let epoch = current.producerEpoch
    if let expected = request.expected?.epoch, expected != epoch {
      // A producer whose last request was done and not answered; any other has been fenced.
      guard expected == current.lastProducerEpoch else {
        return reply(token, .failed(.producerFenced))
      }
      return begin(current.producerID, epoch: epoch, last: expected, request, token)
    }
    let last = request.expected == nil ? -1 : epoch
    guard current.isEpochExhausted else {
      return begin(current.producerID, epoch: epoch + 1, last: last, request, token)
    }
    guard let newID else { return allocateID(for: .initialize(request, token)) }
    begin(newID, epoch: 0, last: last, request, token)
  }

  private mutating func begin(
    _ id: Int64, epoch: Int16, last: Int16, _ request: ProducerInitialization, _ token: ReplyToken
  ) {
    var next = TransactionMetadata(
      producerID: id, producerEpoch: epoch, timeoutMilliseconds: request.timeoutMilliseconds,
      lastUpdateTimestamp: now)
    next.lastProducerEpoch = last
    next.clientVersion = current?.clientVersion ?? 0
    persist(next, then: .initialized(token))
  }

  /// Decides to abort the open transaction, under an epoch that shuts its producer out.
  mutating func fence(
    _ current: TransactionMetadata, owing: [(token: ReplyToken, reply: TransactionReply)]
  ) {
    var next = current
    next.state = .prepareAbort
    next.producerEpoch = current.raisedEpoch
    next.lastProducerEpoch = -1
    next.lastUpdateTimestamp = now
    persist(next, then: .decided(owing))
  }
}
