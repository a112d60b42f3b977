import Records

/// What a member tells the assignor of its group: the metadata of a consumer's JoinGroup.
package struct ConsumerProtocolSubscription: EmbeddedMessage {
  package static let versions: ClosedRange<Int16> = 0...3

  package var topics: [String] = []
  package var userData: [UInt8]?
  package var ownedPartitions: [Topic] = []
  package var generationID: Int32 = -1
  package var rackID: String?

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&topics)
    try f.field(&userData)
    try f.field(&ownedPartitions, in: 1...)
    try f.field(&generationID, in: 2...)
    try f.field(&rackID, in: 3...)
  }

  /// The partitions of one topic that the member has (KIP-429).
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
