import Records

/// Forgets how far an empty share group has come in some topics (KIP-932).
package struct DeleteShareGroupOffsetsRequest: KafkaRequest {
  package typealias Response = DeleteShareGroupOffsetsResponse

  package static let api = API(.deleteShareGroupOffsets, versions: 0...0, flexibleFrom: 0)

  package var groupID = ""
  package var topics: [Topic] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&groupID)
    try f.field(&topics)
  }

  /// A topic whose offsets shall go.
  package struct Topic: Message {
    package var topicName = ""

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&topicName)
    }
  }
}

/// Says for each topic whether its offsets are gone.
package struct DeleteShareGroupOffsetsResponse: KafkaResponse {
  package static let api = DeleteShareGroupOffsetsRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var errorMessage: String?
  package var responses: [Topic] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&errorCode)
    try f.field(&errorMessage)
    try f.field(&responses)
  }

  /// The outcome for one topic.
  package struct Topic: Message {
    package var topicName = ""
    package var topicID = TopicID.zero
    package var errorCode = ErrorCode.none
    package var errorMessage: String?

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&topicName)
      try f.field(&topicID)
      try f.field(&errorCode)
      try f.field(&errorMessage)
    }
  }
}
