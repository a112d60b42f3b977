/// Joins a group, or joins it again for the next generation.
package struct JoinGroupRequest: KafkaRequest {
  package typealias Response = JoinGroupResponse

  package static let api = API(.joinGroup, versions: 0...9, flexibleFrom: 6)

  package var groupID = ""
  package var sessionTimeoutMilliseconds: Int32 = 0
  /// −1 in version 0, which uses the session timeout.
  package var rebalanceTimeoutMilliseconds: Int32 = -1
  /// Empty for a new member.
  package var memberID = ""
  package var groupInstanceID: String?
  package var protocolType = ""
  package var protocols: [GroupProtocol] = []
  package var reason: String?

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&groupID)
    try f.field(&sessionTimeoutMilliseconds)
    try f.field(&rebalanceTimeoutMilliseconds, in: 1...)
    try f.field(&memberID)
    try f.field(&groupInstanceID, in: 5...)
    try f.field(&protocolType)
    try f.field(&protocols)
    try f.field(&reason, in: 8...)
  }

  /// An assignor that the member knows, with what it tells it.
  package struct GroupProtocol: Message {
    package var name = ""
    package var metadata: [UInt8] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name)
      try f.field(&metadata)
    }
  }
}

/// Tells a member its generation, and its leader who the members are.
package struct JoinGroupResponse: KafkaResponse {
  package static let api = JoinGroupRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var generationID: Int32 = -1
  package var protocolType: String?
  package var protocolName: String?
  package var leader = ""
  package var skipAssignment = false
  package var memberID = ""
  package var members: [Member] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds, in: 2...)
    try f.field(&errorCode)
    try f.field(&generationID)
    try f.field(&protocolType, in: 7...)
    try f.field(&protocolName, nullable: 7...)
    try f.field(&leader)
    try f.field(&skipAssignment, in: 9...)
    try f.field(&memberID)
    try f.field(&members)
  }

  /// A member, told to the leader only.
  package struct Member: Message {
    package var memberID = ""
    package var groupInstanceID: String?
    package var metadata: [UInt8] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&memberID)
      try f.field(&groupInstanceID, in: 5...)
      try f.field(&metadata)
    }
  }
}
