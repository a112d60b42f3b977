/// Asks for the state and members of classic groups.
package struct DescribeGroupsRequest: KafkaRequest {
  package typealias Response = DescribeGroupsResponse

  package static let api = API(.describeGroups, versions: 0...6, flexibleFrom: 5)

  package var groups: [String] = []
  package var includeAuthorizedOperations = false

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&groups)
    try f.field(&includeAuthorizedOperations, in: 3...)
  }
}

/// Describes classic groups.
package struct DescribeGroupsResponse: KafkaResponse {
  package static let api = DescribeGroupsRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var groups: [Group] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds, in: 1...)
    try f.field(&groups)
  }

  /// The state of one group.
  package struct Group: Message {
    package var errorCode = ErrorCode.none
    package var errorMessage: String?
    package var groupID = ""
    package var groupState = ""
    package var protocolType = ""
    package var protocolData = ""
    package var members: [Member] = []
    package var authorizedOperations = Int32.min

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&errorCode)
      try f.field(&errorMessage, in: 6...)
      try f.field(&groupID)
      try f.field(&groupState)
      try f.field(&protocolType)
      try f.field(&protocolData)
      try f.field(&members)
      try f.field(&authorizedOperations, in: 3...)
    }
  }

  /// A member and what it was assigned.
  package struct Member: Message {
    package var memberID = ""
    package var groupInstanceID: String?
    package var clientID = ""
    package var clientHost = ""
    package var memberMetadata: [UInt8] = []
    package var memberAssignment: [UInt8] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&memberID)
      try f.field(&groupInstanceID, in: 4...)
      try f.field(&clientID)
      try f.field(&clientHost)
      try f.field(&memberMetadata)
      try f.field(&memberAssignment)
    }
  }
}
