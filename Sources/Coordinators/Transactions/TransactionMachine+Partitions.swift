import KafkaProtocol

extension TransactionMachine {
  /// Adds partitions to the producer's transaction; the first begin it.
  mutating func add(_ addition: TransactionAddition, _ token: ReplyToken) {
    if isAdding, waiting.count < config.maximumWaiting {
      return waiting.append((addition, token))
    }
    if isBusy { return reply(token, addition.answer(.concurrentTransactions)) }
    addAll([(addition, token)])
  }

  /// Adds what several requests ask for with one record.
  private mutating func addAll(_ requests: [(addition: TransactionAddition, token: ReplyToken)]) {
    var accepted: [(addition: TransactionAddition, token: ReplyToken)] = []
    var next = current
    for (addition, token) in requests {
      if let problem = problem(with: addition.producer) {
        reply(token, addition.answer(problem))
      } else if current?.state == .ongoing,
        addition.partitions.allSatisfy({ current?.partitions.contains($0) == true })
      {
        reply(token, addition.answer(.none))
      } else {
        next?.partitions.formUnion(addition.partitions)
        next?.clientVersion = addition.clientVersion
        accepted.append((addition, token))
      }
    }
    guard !accepted.isEmpty, var next else { return }
    if next.state != .ongoing { next.startTimestamp = now }
    next.state = .ongoing
    next.lastUpdateTimestamp = now
    persist(next, then: .added(accepted))
  }

  /// Says of each partition whether it is in the producer's open transaction.
  mutating func verify(_ addition: TransactionAddition, _ token: ReplyToken) {
    if let problem = problem(with: addition.producer) {
      return reply(token, addition.answer(problem))
    }
    // A decision that is on its way to the log must not be overtaken by more of the transaction.
    if isBusy, !isAdding { return reply(token, addition.answer(.concurrentTransactions)) }
    let isOpen = current?.state == .ongoing
    reply(
      token,
      .partitions(
        addition.partitions.map { partition in
          isOpen && current?.partitions.contains(partition) == true ? .none : .transactionAbortable
        }))
  }

  /// Answers those whose partitions are in the log, and goes on with those who came meanwhile.
  mutating func answerAdded(_ requests: [(addition: TransactionAddition, token: ReplyToken)]) {
    for (addition, token) in requests { reply(token, addition.answer(.none)) }
    addWaiting()
  }

  /// Takes up the additions that waited for another.
  mutating func addWaiting() {
    guard !waiting.isEmpty else { return }
    let requests = waiting
    waiting = []
    addAll(requests)
  }

  private var isAdding: Bool {
    if case .added? = inFlight?.follow { true } else { false }
  }

  /// The error of a request within a transaction; nil when it comes from the present producer and
  /// nothing is decided.
  private func problem(with producer: ProducerIdentity) -> ErrorCode? {
    guard let current, current.producerID == producer.id else {
      // While markers are written the next producer id stands only in the decision.
      if let current, current.state.isPrepared, current.nextProducerID == producer.id {
        return .concurrentTransactions
      }
      return .invalidProducerIDMapping
    }
    if current.producerEpoch != producer.epoch { return .producerFenced }
    return current.state.isPrepared ? .concurrentTransactions : nil
  }
}

extension TransactionAddition {
  /// The same for every partition.
  func answer(_ code: ErrorCode) -> TransactionReply { .partitions(partitions.map { _ in code }) }
}
