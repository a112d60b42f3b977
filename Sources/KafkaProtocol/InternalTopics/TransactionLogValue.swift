import Records

/// A transactional id as `__transaction_state` keeps it (Kafka's TransactionLogValue.json). Version
/// 1 is written, as by Kafka with the second transaction protocol (KIP-890); both are read.
package struct TransactionLogValue: EmbeddedMessage {
  package static let versions: ClosedRange<Int16> = 0...1
  package static let flexibleFrom: Int16 = 1
  package static let writtenVersion: Int16 = 1

  package var producerID: Int64 = 0
  package var producerEpoch: Int16 = 0
  package var transactionTimeoutMilliseconds: Int32 = 0
  /// The number of a transaction's state.
  package var transactionStatus: Int8 = 0
  /// Nil while nothing is open.
  package var transactionPartitions: [Topic]?
  /// Milliseconds since 1970.
  package var transactionLastUpdateTimestamp: Int64 = 0
  /// Milliseconds since 1970; −1 when no transaction was begun.
  package var transactionStartTimestamp: Int64 = 0
  package var previousProducerID: Int64 = -1
  package var nextProducerID: Int64 = -1
  package var clientTransactionVersion: Int16 = 0

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&producerID)
    try f.field(&producerEpoch)
    try f.field(&transactionTimeoutMilliseconds)
    try f.field(&transactionStatus)
    try f.field(&transactionPartitions)
    try f.field(&transactionLastUpdateTimestamp)
    try f.field(&transactionStartTimestamp)
    try f.tagged(0, &previousProducerID, in: 1..., default: -1)
    try f.tagged(1, &nextProducerID, in: 1..., default: -1)
    try f.tagged(2, &clientTransactionVersion, in: 1..., default: 0)
  }

  /// The partitions of one topic in the transaction.
  package struct Topic: Message {
    package var topic = ""
    package var partitionIDs: [PartitionID] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&topic)
      try f.field(&partitionIDs)
    }
  }
}
