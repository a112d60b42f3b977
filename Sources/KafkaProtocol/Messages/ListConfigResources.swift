/// Asks which resources have configs of their own (KIP-1142).
package struct ListConfigResourcesRequest: KafkaRequest {
  package typealias Response = ListConfigResourcesResponse

  package static let api = API(.listConfigResources, versions: 0...1, flexibleFrom: 0)

  /// Empty for all types.
  package var resourceTypes: [Int8] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&resourceTypes, in: 1...)
  }
}

/// Lists resources that have configs.
package struct ListConfigResourcesResponse: KafkaResponse {
  package static let api = ListConfigResourcesRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var configResources: [Resource] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&errorCode)
    try f.field(&configResources)
  }

  /// A resource by type and name.
  package struct Resource: Message {
    package var resourceName = ""
    package var resourceType: Int8 = 16

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&resourceName)
      try f.field(&resourceType, in: 1...)
    }
  }
}
