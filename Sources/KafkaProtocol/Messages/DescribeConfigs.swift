/// Asks for the configs of topics and brokers.
package struct DescribeConfigsRequest: KafkaRequest {
  package typealias Response = DescribeConfigsResponse

  package static let api = API(.describeConfigs, versions: 1...4, flexibleFrom: 4)

  package var resources: [Resource] = []
  package var includeSynonyms = false
  package var includeDocumentation = false

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&resources)
    try f.field(&includeSynonyms)
    try f.field(&includeDocumentation, in: 3...)
  }

  /// A topic or broker asked about.
  package struct Resource: Message {
    /// 2 topic, 4 broker, 8 broker logger, 16 client metrics, 32 group.
    package var resourceType: Int8 = 0
    package var resourceName = ""
    /// Nil asks for all.
    package var configurationKeys: [String]? = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&resourceType)
      try f.field(&resourceName)
      try f.field(&configurationKeys)
    }
  }
}

/// Lists configs with their sources.
package struct DescribeConfigsResponse: KafkaResponse {
  package static let api = DescribeConfigsRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var results: [Resource] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&results)
  }

  /// The configs of one resource.
  package struct Resource: Message {
    package var errorCode = ErrorCode.none
    package var errorMessage: String?
    package var resourceType: Int8 = 0
    package var resourceName = ""
    package var configs: [Config] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&errorCode)
      try f.field(&errorMessage)
      try f.field(&resourceType)
      try f.field(&resourceName)
      try f.field(&configs)
    }
  }

  /// One config and what it comes from.
  package struct Config: Message {
    package var name = ""
    package var value: String?
    package var readOnly = false
    /// 1 topic, 2 broker, 3 all brokers, 4 the broker's file, 5 default.
    package var configSource: Int8 = -1
    package var isSensitive = false
    package var synonyms: [Synonym] = []
    /// 1 boolean, 2 string, 3 int, 4 short, 5 long, 6 double, 7 list, 8 class, 9 password.
    package var configType: Int8 = 0
    package var documentation: String?

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name)
      try f.field(&value)
      try f.field(&readOnly)
      try f.field(&configSource)
      try f.field(&isSensitive)
      try f.field(&synonyms)
      try f.field(&configType, in: 3...)
      try f.field(&documentation, in: 3...)
    }
  }

  /// A place that the value could come from, in order of precedence.
  package struct Synonym: Message {
    package var name = ""
    package var value: String?
    package var source: Int8 = 0

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name)
      try f.field(&value)
      try f.field(&source)
    }
  }
}
