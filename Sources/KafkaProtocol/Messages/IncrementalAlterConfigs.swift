/// Changes single configs of topics and brokers (KIP-339).
package struct IncrementalAlterConfigsRequest: KafkaRequest {
  package typealias Response = IncrementalAlterConfigsResponse

  package static let api = API(.incrementalAlterConfigs, versions: 0...1, flexibleFrom: 1)

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

  /// One change.
  package struct Config: Message {
    package var name = ""
    /// 0 set, 1 delete, 2 append to a list, 3 take from a list.
    package var configOperation: Int8 = 0
    package var value: String?

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name)
      try f.field(&configOperation)
      try f.field(&value)
    }
  }
}

/// Says for each resource whether it was changed.
package struct IncrementalAlterConfigsResponse: KafkaResponse {
  package static let api = IncrementalAlterConfigsRequest.api

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
