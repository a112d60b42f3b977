import Records

/// Asks for the state of transactional ids (KIP-664).
package struct DescribeTransactionsRequest: KafkaRequest {
  package typealias Response = DescribeTransactionsResponse

  package static let api = API(.describeTransactions, versions: 0...0, flexibleFrom: 0)

  package var transactionalIDs: [String] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&transactionalIDs)
  }
}

/// Describes transactions.
package struct DescribeTransactionsResponse: KafkaResponse {
  package static let api = DescribeTransactionsRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var transactionStates: [Transaction] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&transactionStates)
  }

  /// The state of one transactional id.
  package struct Transaction: Message {
    package var errorCode = ErrorCode.none
    package var transactionalID = ""
    package var transactionState = ""
    package var transactionTimeoutMilliseconds: Int32 = 0
    package var transactionStartTimeMilliseconds: Int64 = 0
    package var producerID: Int64 = 0
    package var producerEpoch: Int16 = 0
    package var topics: [Topic] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&errorCode)
      try f.field(&transactionalID)
      try f.field(&transactionState)
      try f.field(&transactionTimeoutMilliseconds)
      try f.field(&transactionStartTimeMilliseconds)
      try f.field(&producerID)
      try f.field(&producerEpoch)
      try f.field(&topics)
    }
  }

  /// The partitions of one topic in the transaction.
  package struct Topic: Message {
    package var topic = ""
    package var partitions: [PartitionID] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&topic)
      try f.field(&partitions)
    }
  }
}
