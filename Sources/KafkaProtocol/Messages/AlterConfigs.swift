/// Replaces all configs of topics and brokers; superseded by IncrementalAlterConfigs.
package struct AlterConfigsRequest: KafkaRequest {
  package typealias Response = AlterConfigsResponse

  package static let api = API(.alterConfigs, versions: 0...2, flexibleFrom: 2)

  package var resources: [Resource] = []
  package var validateOnly = false

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&resources)
    try f.field(&validateOnly)
  }

  /// A topic or broker to change.
  package struct Resource: Message {
    package var resourceType: Int8 = 0
    package var resourceName = ""
    package var configs: [Config] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&resourceType)
      try f.field(&resourceName)
      try f.field(&configs)
    }
  }

  /// A config that differs from its default.
  package struct Config: Message {
    package var name = ""
    package var value: String?

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name)
      try f.field(&value)
    }
  }
}

/// Says for each resource whether it was changed.
package struct AlterConfigsResponse: KafkaResponse {
  package static let api = AlterConfigsRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var responses: [Resource] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&responses)
  }

  /// The outcome for one resource.
  package struct Resource: Message {
    package var errorCode = ErrorCode.none
    package var errorMessage: String?
    package var resourceType: Int8 = 0
    package var resourceName = ""

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&errorCode)
      try f.field(&errorMessage)
      try f.field(&resourceType)
      try f.field(&resourceName)
    }
  }
}
