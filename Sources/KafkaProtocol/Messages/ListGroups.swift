/// Asks for the groups that this broker coordinates.
package struct ListGroupsRequest: KafkaRequest {
  package typealias Response = ListGroupsResponse

  package static let api = API(.listGroups, versions: 0...5, flexibleFrom: 3)

  /// Empty for groups in any state.
  package var statesFilter: [String] = []
  /// Empty for groups of any type.
  package var typesFilter: [String] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&statesFilter, in: 4...)
    try f.field(&typesFilter, in: 5...)
  }
}

/// Lists groups.
package struct ListGroupsResponse: KafkaResponse {
  package static let api = ListGroupsRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var groups: [Group] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds, in: 1...)
    try f.field(&errorCode)
    try f.field(&groups)
  }

  /// A group, with its state and type in the versions that tell.
  package struct Group: Message {
    package var groupID = ""
    package var protocolType = ""
    package var groupState = ""
    package var groupType = ""

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&groupID)
      try f.field(&protocolType)
      try f.field(&groupState, in: 4...)
      try f.field(&groupType, in: 5...)
    }
  }
}
