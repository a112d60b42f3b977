/// Deletes groups without members, with their offsets.
package struct DeleteGroupsRequest: KafkaRequest {
  package typealias Response = DeleteGroupsResponse

  package static let api = API(.deleteGroups, versions: 0...2, flexibleFrom: 2)

  package var groupsNames: [String] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&groupsNames)
  }
}

/// Says for each group whether it was deleted.
package struct DeleteGroupsResponse: KafkaResponse {
  package static let api = DeleteGroupsRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var results: [Group] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&results)
  }

  /// The outcome for one group.
  package struct Group: Message {
    package var groupID = ""
    package var errorCode = ErrorCode.none

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&groupID)
      try f.field(&errorCode)
    }
  }
}
