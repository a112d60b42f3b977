import Coordinators
import KafkaProtocol
import Platform

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
    let expression = request.transactionalIDPattern.flatMap { $0.isEmpty ? nil : $0 }
    let pattern: NamePattern?
    do throws(PatternError) {
      pattern = try expression.map { (text) throws(PatternError) in try NamePattern(text) }
    } catch {
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
        match(PatternFilter(pattern, response), call, pool)
      })
  }

  /// Lets the filter go over the ids, not on a loop and not in one go: many ids and a long pattern
  /// take their time.
  private static func match(_ filter: PatternFilter, _ call: Call, _ pool: BlockingPool) {
    let isQueued = pool.submit {
      var filter = filter
      if filter.advance() { return call.answerFromAnywhere(filter.response) }
      match(filter, call, pool)
    }
    if !isQueued {
      call.answerFromAnywhere(ListTransactionsResponse { $0.errorCode = .coordinatorNotAvailable })
    }
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

/// Takes the transactions out of an answer whose ids do not match a pattern as a whole.
struct PatternFilter: Sendable {
  /// What one `advance` may take, as steps of the pattern: some tens of milliseconds.
  static let stepLimit = 1_000_000

  private let pattern: NamePattern
  private var waiting: ArraySlice<ListTransactionsResponse.Transaction>
  /// The answer with what has been looked at and matches.
  private(set) var response: ListTransactionsResponse

  init(_ pattern: NamePattern, _ response: ListTransactionsResponse) {
    self.pattern = pattern
    self.response = response
    waiting = response.transactionStates[...]
    self.response.transactionStates = []
  }

  /// Looks at some more ids, one at least; true when there are none left.
  mutating func advance() -> Bool {
    var left = Self.stepLimit
    while left > 0, let next = waiting.popFirst() {
      if pattern.matches(next.transactionalID) { response.transactionStates.append(next) }
      left -= pattern.steps(for: next.transactionalID)
    }
    return waiting.isEmpty
  }
}
