/// Asks for the transactions that this broker coordinates (KIP-664).
package struct ListTransactionsRequest: KafkaRequest {
  package typealias Response = ListTransactionsResponse

  package static let api = API(.listTransactions, versions: 0...2, flexibleFrom: 0)

  package var stateFilters: [String] = []
  package var producerIDFilters: [Int64] = []
  /// Only those open for longer, in milliseconds; −1 for all.
  package var durationFilter: Int64 = -1
  package var transactionalIDPattern: String?

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&stateFilters)
    try f.field(&producerIDFilters)
    try f.field(&durationFilter, in: 1...)
    try f.field(&transactionalIDPattern, in: 2...)
  }
}

/// Lists transactions.
package struct ListTransactionsResponse: KafkaResponse {
  package static let api = ListTransactionsRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var unknownStateFilters: [String] = []
  package var transactionStates: [Transaction] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&errorCode)
    try f.field(&unknownStateFilters)
    try f.field(&transactionStates)
  }

  /// A transactional id and its state.
  package struct Transaction: Message {
    package var transactionalID = ""
    package var producerID: Int64 = 0
    package var transactionState = ""

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&transactionalID)
      try f.field(&producerID)
      try f.field(&transactionState)
    }
  }
}
