/// Makes access control entries.
package struct CreateAclsRequest: KafkaRequest {
  package typealias Response = CreateAclsResponse

  package static let api = API(.createAcls, versions: 1...3, flexibleFrom: 2)

  package var creations: [Creation] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&creations)
  }

  /// An entry to make.
  package struct Creation: Message {
    package var resourceType: Int8 = 0
    package var resourceName = ""
    package var resourcePatternType: Int8 = 3
    package var principal = ""
    package var host = ""
    package var operation: Int8 = 0
    package var permissionType: Int8 = 0

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&resourceType)
      try f.field(&resourceName)
      try f.field(&resourcePatternType)
      try f.field(&principal)
      try f.field(&host)
      try f.field(&operation)
      try f.field(&permissionType)
    }
  }
}

/// Says for each entry whether it was made.
package struct CreateAclsResponse: KafkaResponse {
  package static let api = CreateAclsRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var results: [Result] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&results)
  }

  /// The outcome for one entry, in the order of the request.
  package struct Result: Message {
    package var errorCode = ErrorCode.none
    package var errorMessage: String?

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&errorCode)
      try f.field(&errorMessage)
    }
  }
}
