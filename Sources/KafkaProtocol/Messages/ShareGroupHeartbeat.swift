/// Joins, keeps and leaves a share group, all in one (KIP-932).
package struct ShareGroupHeartbeatRequest: KafkaRequest {
  package typealias Response = ShareGroupHeartbeatResponse

  package static let api = API(.shareGroupHeartbeat, versions: 1...1, flexibleFrom: 0)

  package var groupID = ""
  /// Made by the client, once for its life.
  package var memberID = ""
  /// 0 joins, −1 leaves.
  package var memberEpoch: Int32 = 0
  /// Nil when it did not change; as in the field below.
  package var rackID: String?
  package var subscribedTopicNames: [String]?

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&groupID)
    try f.field(&memberID)
    try f.field(&memberEpoch)
    try f.field(&rackID)
    try f.field(&subscribedTopicNames)
  }
}

/// Tells a member its epoch and, when it changed, its assignment.
package struct ShareGroupHeartbeatResponse: KafkaResponse {
  package static let api = ShareGroupHeartbeatRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var errorMessage: String?
  package var memberID: String?
  package var memberEpoch: Int32 = 0
  package var heartbeatIntervalMilliseconds: Int32 = 0
  /// Nil when it did not change.
  package var assignment: HeartbeatAssignment?

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&errorCode)
    try f.field(&errorMessage)
    try f.field(&memberID)
    try f.field(&memberEpoch)
    try f.field(&heartbeatIntervalMilliseconds)
    try f.field(&assignment)
  }
}
