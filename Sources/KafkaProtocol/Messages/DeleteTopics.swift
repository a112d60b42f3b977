import Records

/// Deletes topics, by name or, from version 6 on, by id.
package struct DeleteTopicsRequest: KafkaRequest {
  package typealias Response = DeleteTopicsResponse

  package static let api = API(.deleteTopics, versions: 1...6, flexibleFrom: 4)

  /// From version 6 on.
  package var topics: [Topic] = []
  /// Up to version 5.
  package var topicNames: [String] = []
  package var timeoutMilliseconds: Int32 = 0

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&topics, in: 6...)
    try f.field(&topicNames, in: 0...5)
    try f.field(&timeoutMilliseconds)
  }

  /// A topic to delete; exactly one of name and id is given.
  package struct Topic: Message {
    package var name: String?
    package var topicID = TopicID.zero

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name)
      try f.field(&topicID)
    }
  }
}

/// Says for each topic whether it was deleted.
package struct DeleteTopicsResponse: KafkaResponse {
  package static let api = DeleteTopicsRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var responses: [Topic] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&responses)
  }

  /// The outcome for one topic.
  package struct Topic: Message {
    package var name: String?
    package var topicID = TopicID.zero
    package var errorCode = ErrorCode.none
    package var errorMessage: String?

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name, nullable: 6...)
      try f.field(&topicID, in: 6...)
      try f.field(&errorCode)
      try f.field(&errorMessage, in: 5...)
    }
  }
}
