/// Asks for the access control lists that match a filter.
package struct DescribeAclsRequest: KafkaRequest {
  package typealias Response = DescribeAclsResponse

  package static let api = API(.describeAcls, versions: 1...3, flexibleFrom: 2)

  package var resourceTypeFilter: Int8 = 0
  package var resourceNameFilter: String?
  /// 1 any, 2 match, 3 literal, 4 prefixed.
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

/// Lists access control lists by resource.
package struct DescribeAclsResponse: KafkaResponse {
  package static let api = DescribeAclsRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var errorMessage: String?
  package var resources: [Resource] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&errorCode)
    try f.field(&errorMessage)
    try f.field(&resources)
  }

  /// A resource with its list.
  package struct Resource: Message {
    package var resourceType: Int8 = 0
    package var resourceName = ""
    package var patternType: Int8 = 3
    package var acls: [Acl] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&resourceType)
      try f.field(&resourceName)
      try f.field(&patternType)
      try f.field(&acls)
    }
  }

  /// Who may do what, or may not.
  package struct Acl: Message {
    package var principal = ""
    package var host = ""
    package var operation: Int8 = 0
    package var permissionType: Int8 = 0

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&principal)
      try f.field(&host)
      try f.field(&operation)
      try f.field(&permissionType)
    }
  }
}
