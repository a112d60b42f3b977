import Records

/// Asks how large partitions are and on which directories they lie.
package struct DescribeLogDirsRequest: KafkaRequest {
  package typealias Response = DescribeLogDirsResponse

  package static let api = API(.describeLogDirs, versions: 1...4, flexibleFrom: 2)

  /// Nil asks for all.
  package var topics: [Topic]? = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&topics)
  }

  /// The partitions of one topic that are asked for.
  package struct Topic: Message {
    package var topic = ""
    package var partitions: [PartitionID] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&topic)
      try f.field(&partitions)
    }
  }
}

/// Lists log directories and what is in them.
package struct DescribeLogDirsResponse: KafkaResponse {
  package static let api = DescribeLogDirsRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var results: [Directory] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&errorCode, in: 3...)
    try f.field(&results)
  }

  /// One log directory.
  package struct Directory: Message {
    package var errorCode = ErrorCode.none
    package var logDir = ""
    package var topics: [Topic] = []
    /// Size of the volume; −1 unknown.
    package var totalBytes: Int64 = -1
    /// Free bytes of the volume; −1 unknown.
    package var usableBytes: Int64 = -1

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&errorCode)
      try f.field(&logDir)
      try f.field(&topics)
      try f.field(&totalBytes, in: 4...)
      try f.field(&usableBytes, in: 4...)
    }
  }

  /// The partitions of one topic in the directory.
  package struct Topic: Message {
    package var name = ""
    package var partitions: [Partition] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name)
      try f.field(&partitions)
    }
  }

  /// The size of one partition.
  package struct Partition: Message {
    package var partitionIndex = PartitionID(0)
    package var partitionSize: Int64 = 0
    package var offsetLag: Int64 = 0
    package var isFutureKey = false

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&partitionIndex)
      try f.field(&partitionSize)
      try f.field(&offsetLag)
      try f.field(&isFutureKey)
    }
  }
}
