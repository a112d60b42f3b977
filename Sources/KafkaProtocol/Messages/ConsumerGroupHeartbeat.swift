/// Joins, keeps and leaves a group of the new protocol, all in one (KIP-848).
package struct ConsumerGroupHeartbeatRequest: KafkaRequest {
  package typealias Response = ConsumerGroupHeartbeatResponse

  package static let api = API(.consumerGroupHeartbeat, versions: 0...1, flexibleFrom: 0)

  package var groupID = ""
  package var memberID = ""
  /// 0 joins, −1 leaves, −2 leaves for a while (static members).
  package var memberEpoch: Int32 = 0
  package var instanceID: String?
  package var rackID: String?
  /// −1 when it did not change; as nil in the fields below.
  package var rebalanceTimeoutMilliseconds: Int32 = -1
  package var subscribedTopicNames: [String]?
  package var subscribedTopicRegex: String?
  package var serverAssignor: String?
  package var topicPartitions: [TopicIDPartitions]?

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&groupID)
    try f.field(&memberID)
    try f.field(&memberEpoch)
    try f.field(&instanceID)
    try f.field(&rackID)
    try f.field(&rebalanceTimeoutMilliseconds)
    try f.field(&subscribedTopicNames)
    try f.field(&subscribedTopicRegex, in: 1...)
    try f.field(&serverAssignor)
    try f.field(&topicPartitions)
  }
}

/// Tells a member its epoch and, when it changed, its assignment.
package struct ConsumerGroupHeartbeatResponse: KafkaResponse {
  package static let api = ConsumerGroupHeartbeatRequest.api

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
