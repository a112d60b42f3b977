import Coordinators
import KafkaProtocol

/// ListTransactions: the transactional ids that pass the request's filters (KIP-664, KIP-994).
enum ListTransactionsHandler: Handler {
  /// What one shard answers.
  private struct Part: Sendable {
    var error = ErrorCode.none
    var found: [ListTransactionsResponse.Transaction] = []
  }

  static func handle(_ request: ListTransactionsRequest, _ call: Call, _ loop: LoopService) {
    let names = Set(TransactionState.allCases.map(\.name))
    let unknown = request.stateFilters.filter { !names.contains($0) }
    // Without a pattern, or with an empty one, any id will do.
    let pattern = request.transactionalIDPattern.flatMap { $0.isEmpty ? nil : $0 }
    if let pattern, (try? Regex(pattern)) == nil {
      return call.answer(ListTransactionsResponse { $0.errorCode = .invalidRegularExpression })
    }
    let pool = loop.broker.pool
    let filter = TransactionFilter(request, now: loop.broker.clock.wallMilliseconds())
    loop.broker.transactions.askEveryShard(
      refuse: { Part(error: $0) },
      { shard in Part(found: shard.all.filter { filter.passes($1) }.map { listing($0.id, $0.1) }) },
      finish: { parts in
        // A list without what one shard knows would be taken for the whole.
        let problem = parts.first { $0.error != .none }?.error ?? .none
        let response = ListTransactionsResponse {
          $0.errorCode = problem
          $0.unknownStateFilters = unknown
          if problem == .none { $0.transactionStates = parts.flatMap(\.found) }
        }
        guard let pattern else { return call.answerFromAnywhere(response) }
        // A client's pattern may take its time: not on a loop.
        let isQueued = pool.submit { call.answerFromAnywhere(matching(pattern, response)) }
        if !isQueued {
          call.answerFromAnywhere(
            ListTransactionsResponse { $0.errorCode = .coordinatorNotAvailable })
        }
      })
  }

  /// The answer without the ids that do not match as a whole.
  private static func matching(
    _ pattern: String, _ response: ListTransactionsResponse
  ) -> ListTransactionsResponse {
    guard let pattern = try? Regex(pattern) else { return response }
    var response = response
    response.transactionStates.removeAll { $0.transactionalID.wholeMatch(of: pattern) == nil }
    return response
  }

  private static func listing(
    _ id: String, _ known: TransactionMetadata
  ) -> ListTransactionsResponse.Transaction {
    ListTransactionsResponse.Transaction {
      $0.transactionalID = id
      $0.producerID = known.producerID
      $0.transactionState = known.state.name
    }
  }
}

/// Which transactions a ListTransactions asks for.
private struct TransactionFilter: Sendable {
  /// Empty for all.
  private let states: Set<String>
  /// Empty for all.
  private let producerIDs: Set<Int64>
  /// Those open for longer; negative for all.
  private let milliseconds: Int64
  private let now: Int64

  init(_ request: ListTransactionsRequest, now: Int64) {
    states = Set(request.stateFilters)
    producerIDs = Set(request.producerIDFilters)
    milliseconds = request.durationFilter
    self.now = now
  }

  func passes(_ known: TransactionMetadata) -> Bool {
    (states.isEmpty || states.contains(known.state.name))
      && (producerIDs.isEmpty || producerIDs.contains(known.producerID))
      && (milliseconds < 0 || now - known.startTimestamp > milliseconds)
  }
}
