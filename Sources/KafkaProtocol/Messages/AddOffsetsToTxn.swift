/// Adds a group's offsets to a transaction.
package struct AddOffsetsToTxnRequest: KafkaRequest {
  package typealias Response = AddOffsetsToTxnResponse

  package static let api = API(.addOffsetsToTxn, versions: 0...4, flexibleFrom: 3)

  package var transactionalID = ""
  package var producerID: Int64 = 0
  package var producerEpoch: Int16 = 0
  package var groupID = ""

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&transactionalID)
    try f.field(&producerID)
    try f.field(&producerEpoch)
    try f.field(&groupID)
  }
}

/// Says whether the offsets were added.
package struct AddOffsetsToTxnResponse: KafkaResponse {
  package static let api = AddOffsetsToTxnRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&errorCode)
  }
}
