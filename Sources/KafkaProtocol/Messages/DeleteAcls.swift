/// Removes the access control entries that match filters.
package struct DeleteAclsRequest: KafkaRequest {
  package typealias Response = DeleteAclsResponse

  package static let api = API(.deleteAcls, versions: 1...3, flexibleFrom: 2)

  package var filters: [Filter] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&filters)
  }

  /// What an entry must match to go.
  package struct Filter: Message {
    package var resourceTypeFilter: Int8 = 0
    package var resourceNameFilter: String?
    package var patternTypeFilter: Int8 = 3
    package var principalFilter: String?
    package var hostFilter: String?
    package var operation: Int8 = 0
    package var permissionType: Int8 = 0

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&resourceTypeFilter)
      try f.field(&resourceNameFilter)
      try f.field(&patternTypeFilter)
      try f.field(&principalFilter)
      try f.field(&hostFilter)
      try f.field(&operation)
      try f.field(&permissionType)
    }
  }
}

/// Lists for each filter what was removed.
package struct DeleteAclsResponse: KafkaResponse {
  package static let api = DeleteAclsRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var filterResults: [FilterResult] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&filterResults)
  }

  /// The outcome for one filter, in the order of the request.
  package struct FilterResult: Message {
    package var errorCode = ErrorCode.none
    package var errorMessage: String?
    package var matchingAcls: [MatchingAcl] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&errorCode)
      try f.field(&errorMessage)
      try f.field(&matchingAcls)
    }
  }

  /// An entry that matched.
  package struct MatchingAcl: Message {
    package var errorCode = ErrorCode.none
    package var errorMessage: String?
    package var resourceType: Int8 = 0
    package var resourceName = ""
    package var patternType: Int8 = 3
    package var principal = ""
    package var host = ""
    package var operation: Int8 = 0
    package var permissionType: Int8 = 0

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&errorCode)
      try f.field(&errorMessage)
      try f.field(&resourceType)
      try f.field(&resourceName)
      try f.field(&patternType)
      try f.field(&principal)
      try f.field(&host)
      try f.field(&operation)
      try f.field(&permissionType)
    }
  }
}
