import Records

/// Moves log starts forward: what lies before them is deleted (KIP-107).
package struct DeleteRecordsRequest: KafkaRequest {
  package typealias Response = DeleteRecordsResponse

  package static let api = API(.deleteRecords, versions: 0...2, flexibleFrom: 2)

  package var topics: [Topic] = []
  package var timeoutMilliseconds: Int32 = 0

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&topics)
    try f.field(&timeoutMilliseconds)
  }

  /// The partitions of one topic.
  package struct Topic: Message {
    package var name = ""
    package var partitions: [Partition] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name)
      try f.field(&partitions)
    }
  }

  /// Where the log of one partition shall begin.
  package struct Partition: Message {
    package var partitionIndex = PartitionID(0)
    /// −1 stands for the high watermark.
    package var offset = Offset(0)

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&partitionIndex)
      try f.field(&offset)
    }
  }
}

/// Says for each partition where its log now begins.
package struct DeleteRecordsResponse: KafkaResponse {
  package static let api = DeleteRecordsRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var topics: [Topic] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&topics)
  }

  /// The partitions of one topic.
  package struct Topic: Message {
    package var name = ""
    package var partitions: [Partition] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name)
      try f.field(&partitions)
    }
  }

  /// The outcome for one partition.
  package struct Partition: Message {
    package var partitionIndex = PartitionID(0)
    package var lowWatermark = Offset(0)
    package var errorCode = ErrorCode.none

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&partitionIndex)
      try f.field(&lowWatermark)
      try f.field(&errorCode)
    }
  }
}
