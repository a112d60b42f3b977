/// Commits or aborts a transaction.
package struct EndTxnRequest: KafkaRequest {
  package typealias Response = EndTxnResponse

  package static let api = API(.endTxn, versions: 0...5, flexibleFrom: 3)

  package var transactionalID = ""
  package var producerID: Int64 = 0
  package var producerEpoch: Int16 = 0
  package var committed = false

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&transactionalID)
    try f.field(&producerID)
    try f.field(&producerEpoch)
    try f.field(&committed)
  }
}

/// Says that the end of the transaction is decided; from version 5 on with the next epoch
/// (KIP-890).
package struct EndTxnResponse: KafkaResponse {
  package static let api = EndTxnRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var producerID: Int64 = -1
  package var producerEpoch: Int16 = -1

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&errorCode)
    try f.field(&producerID, in: 5...)
    try f.field(&producerEpoch, in: 5...)
  }
}
