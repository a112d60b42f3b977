/// Asks for the member's assignment; the leader brings those of all.
package struct SyncGroupRequest: KafkaRequest {
  package typealias Response = SyncGroupResponse

  package static let api = API(.syncGroup, versions: 0...5, flexibleFrom: 4)

  package var groupID = ""
  package var generationID: Int32 = 0
  package var memberID = ""
  package var groupInstanceID: String?
  package var protocolType: String?
  package var protocolName: String?
  package var assignments: [Assignment] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&groupID)
    try f.field(&generationID)
    try f.field(&memberID)
    try f.field(&groupInstanceID, in: 3...)
    try f.field(&protocolType, in: 5...)
    try f.field(&protocolName, in: 5...)
    try f.field(&assignments)
  }

  /// The leader's assignment for one member.
  package struct Assignment: Message {
    package var memberID = ""
    package var assignment: [UInt8] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&memberID)
      try f.field(&assignment)
    }
  }
}

/// Gives a member its assignment.
package struct SyncGroupResponse: KafkaResponse {
  package static let api = SyncGroupRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var protocolType: String?
  package var protocolName: String?
  package var assignment: [UInt8] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds, in: 1...)
    try f.field(&errorCode)
    try f.field(&protocolType, in: 5...)
    try f.field(&protocolName, in: 5...)
    try f.field(&assignment)
  }
}
