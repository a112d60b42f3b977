/// Asks for a producer id, for idempotence or for a transactional id (KIP-98).
package struct InitProducerIDRequest: KafkaRequest {
  package typealias Response = InitProducerIDResponse

  package static let api = API(.initProducerID, versions: 0...5, flexibleFrom: 2)

  /// Nil for a producer that is idempotent only.
  package var transactionalID: String?
  package var transactionTimeoutMilliseconds: Int32 = 0
  /// The id to go on with under a raised epoch, or −1 (KIP-360).
  package var producerID: Int64 = -1
  package var producerEpoch: Int16 = -1

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&transactionalID)
    try f.field(&transactionTimeoutMilliseconds)
    try f.field(&producerID, in: 3...)
    try f.field(&producerEpoch, in: 3...)
  }
}

/// Gives a producer its id and epoch.
package struct InitProducerIDResponse: KafkaResponse {
  package static let api = InitProducerIDRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var producerID: Int64 = -1
  package var producerEpoch: Int16 = 0

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&errorCode)
    try f.field(&producerID)
    try f.field(&producerEpoch)
  }
}
