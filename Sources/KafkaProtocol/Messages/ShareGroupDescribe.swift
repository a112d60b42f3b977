/// Asks for the state and members of share groups (KIP-932).
package struct ShareGroupDescribeRequest: KafkaRequest {
  package typealias Response = ShareGroupDescribeResponse

  package static let api = API(.shareGroupDescribe, versions: 1...1, flexibleFrom: 0)

  package var groupIDs: [String] = []
  package var includeAuthorizedOperations = false

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&groupIDs)
    try f.field(&includeAuthorizedOperations)
  }
}

/// Describes share groups.
package struct ShareGroupDescribeResponse: KafkaResponse {
  package static let api = ShareGroupDescribeRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var groups: [Group] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&groups)
  }

  /// The state of one group.
  package struct Group: Message {
    package var errorCode = ErrorCode.none
    package var errorMessage: String?
    package var groupID = ""
    package var groupState = ""
    package var groupEpoch: Int32 = 0
    package var assignmentEpoch: Int32 = 0
    package var assignorName = ""
    package var members: [Member] = []
    package var authorizedOperations = Int32.min

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&errorCode)
      try f.field(&errorMessage)
      try f.field(&groupID)
      try f.field(&groupState)
      try f.field(&groupEpoch)
      try f.field(&assignmentEpoch)
      try f.field(&assignorName)
      try f.field(&members)
      try f.field(&authorizedOperations)
    }
  }

  /// A member and what it has.
  package struct Member: Message {
    package var memberID = ""
    package var rackID: String?
    package var memberEpoch: Int32 = 0
    package var clientID = ""
    package var clientHost = ""
    package var subscribedTopicNames: [String] = []
    package var assignment = DescribedAssignment()

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&memberID)
      try f.field(&rackID)
      try f.field(&memberEpoch)
      try f.field(&clientID)
      try f.field(&clientHost)
      try f.field(&subscribedTopicNames)
      try f.field(&assignment)
    }
  }
}
