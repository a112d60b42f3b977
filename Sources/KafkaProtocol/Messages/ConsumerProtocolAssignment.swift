import Records

/// What the assignor tells a member: the assignment of a consumer's SyncGroup.
package struct ConsumerProtocolAssignment: EmbeddedMessage {
  package static let versions: ClosedRange<Int16> = 0...3

  package var assignedPartitions: [Topic] = []
  package var userData: [UInt8]?

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&assignedPartitions)
    try f.field(&userData)
  }

  /// The partitions of one topic that the member shall read.
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
