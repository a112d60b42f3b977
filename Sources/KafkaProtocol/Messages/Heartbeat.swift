/// Says that a member lives.
package struct HeartbeatRequest: KafkaRequest {
  package typealias Response = HeartbeatResponse

  package static let api = API(.heartbeat, versions: 0...4, flexibleFrom: 4)

  package var groupID = ""
  package var generationID: Int32 = 0
  package var memberID = ""
  package var groupInstanceID: String?

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&groupID)
    try f.field(&generationID)
    try f.field(&memberID)
    try f.field(&groupInstanceID, in: 3...)
  }
}

/// Answers a heartbeat, perhaps with the news of a rebalance.
package struct HeartbeatResponse: KafkaResponse {
  package static let api = HeartbeatRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds, in: 1...)
    try f.field(&errorCode)
  }
}
