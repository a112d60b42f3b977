/// Gives topics more partitions.
package struct CreatePartitionsRequest: KafkaRequest {
  package typealias Response = CreatePartitionsResponse

  package static let api = API(.createPartitions, versions: 0...3, flexibleFrom: 2)

  package var topics: [Topic] = []
  package var timeoutMilliseconds: Int32 = 0
  package var validateOnly = false

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&topics)
    try f.field(&timeoutMilliseconds)
    try f.field(&validateOnly)
  }

  /// A topic that shall grow.
  package struct Topic: Message {
    package var name = ""
    /// How many partitions there shall be, the old ones included.
    package var count: Int32 = 0
    /// Nil leaves the choice to the cluster.
    package var assignments: [Assignment]? = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name)
      try f.field(&count)
      try f.field(&assignments)
    }
  }

  /// The brokers that shall hold one new partition.
  package struct Assignment: Message {
    package var brokerIDs: [Int32] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&brokerIDs)
    }
  }
}

/// Says for each topic whether it grew.
package struct CreatePartitionsResponse: KafkaResponse {
  package static let api = CreatePartitionsRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var results: [Topic] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&results)
  }

  /// The outcome for one topic.
  package struct Topic: Message {
    package var name = ""
    package var errorCode = ErrorCode.none
    package var errorMessage: String?

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name)
      try f.field(&errorCode)
      try f.field(&errorMessage)
    }
  }
}
