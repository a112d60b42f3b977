/// The key of a transactional id in `__transaction_state` (Kafka's TransactionLogKey.json).
package struct TransactionLogKey: EmbeddedMessage {
  package static let versions: ClosedRange<Int16> = 0...0

  package var transactionalID = ""

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&transactionalID)
  }
}
