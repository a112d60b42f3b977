import Records

/// Makes topics.
package struct CreateTopicsRequest: KafkaRequest {
  package typealias Response = CreateTopicsResponse

  package static let api = API(.createTopics, versions: 2...7, flexibleFrom: 5)

  package var topics: [Topic] = []
  package var timeoutMilliseconds: Int32 = 60000
  package var validateOnly = false

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&topics)
    try f.field(&timeoutMilliseconds)
    try f.field(&validateOnly)
  }

  /// A topic to make.
  package struct Topic: Message {
    package var name = ""
    /// −1 asks for the broker's default, or stands beside assignments.
    package var numPartitions: Int32 = 0
    /// −1 asks for the broker's default, or stands beside assignments.
    package var replicationFactor: Int16 = 0
    package var assignments: [Assignment] = []
    package var configs: [Config] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name)
      try f.field(&numPartitions)
      try f.field(&replicationFactor)
      try f.field(&assignments)
      try f.field(&configs)
    }
  }

  /// The brokers that shall hold one partition.
  package struct Assignment: Message {
    package var partitionIndex = PartitionID(0)
    package var brokerIDs: [Int32] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&partitionIndex)
      try f.field(&brokerIDs)
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

/// Says for each topic whether it was made, and how.
package struct CreateTopicsResponse: KafkaResponse {
  package static let api = CreateTopicsRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var topics: [Topic] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&topics)
  }

  /// The outcome for one topic.
  package struct Topic: Message {
    package var name = ""
    package var topicID = TopicID.zero
    package var errorCode = ErrorCode.none
    package var errorMessage: String?
    package var numPartitions: Int32 = -1
    package var replicationFactor: Int16 = -1
    /// Never null in an answer to the Java client, which does not look.
    package var configs: [Config]? = []
    package var topicConfigErrorCode = ErrorCode.none

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name)
      try f.field(&topicID, in: 7...)
      try f.field(&errorCode)
      try f.field(&errorMessage)
      try f.field(&numPartitions, in: 5...)
      try f.field(&replicationFactor, in: 5...)
      try f.field(&configs, in: 5...)
      try f.tagged(0, &topicConfigErrorCode, in: 5...)
    }
  }

  /// A config of the new topic.
  package struct Config: Message {
    package var name = ""
    package var value: String?
    package var readOnly = false
    package var configSource: Int8 = -1
    package var isSensitive = false

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name)
      try f.field(&value)
      try f.field(&readOnly)
      try f.field(&configSource)
      try f.field(&isSensitive)
    }
  }
}
