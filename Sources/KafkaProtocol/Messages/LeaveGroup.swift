/// Takes members out of a group: one up to version 2, then many.
package struct LeaveGroupRequest: KafkaRequest {
  package typealias Response = LeaveGroupResponse

  package static let api = API(.leaveGroup, versions: 0...5, flexibleFrom: 4)

  package var groupID = ""
  package var memberID = ""
  package var members: [Member] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&groupID)
    try f.field(&memberID, in: 0...2)
    try f.field(&members, in: 3...)
  }

  /// A member that leaves.
  package struct Member: Message {
    package var memberID = ""
    package var groupInstanceID: String?
    package var reason: String?

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&memberID)
      try f.field(&groupInstanceID)
      try f.field(&reason, in: 5...)
    }
  }
}

/// Says for each member whether it left.
package struct LeaveGroupResponse: KafkaResponse {
  package static let api = LeaveGroupRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var members: [Member] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds, in: 1...)
    try f.field(&errorCode)
    try f.field(&members, in: 3...)
  }

  /// The outcome for one member.
  package struct Member: Message {
    package var memberID = ""
    package var groupInstanceID: String?
    package var errorCode = ErrorCode.none

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&memberID)
      try f.field(&groupInstanceID)
      try f.field(&errorCode)
    }
  }
}
