/// A member of a consumer group in `__consumer_offsets` (Kafka's
/// ConsumerGroupMemberMetadataValue.json).
package struct ConsumerGroupMemberMetadataValue: EmbeddedMessage {
  package static let versions: ClosedRange<Int16> = 0...0
  package static let flexibleFrom: Int16 = 0

  package var instanceID: String?
  package var rackID: String?
  package var clientID = ""
  package var clientHost = ""
  package var subscribedTopicNames: [String] = []
  package var subscribedTopicRegex: String?
  package var rebalanceTimeoutMilliseconds: Int32 = -1
  package var serverAssignor: String?
  /// Nil for a member that speaks the consumer protocol.
  package var classicMember: ClassicMember?

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&instanceID)
    try f.field(&rackID)
    try f.field(&clientID)
    try f.field(&clientHost)
    try f.field(&subscribedTopicNames)
    try f.field(&subscribedTopicRegex)
    try f.field(&rebalanceTimeoutMilliseconds)
    try f.field(&serverAssignor)
    try f.tagged(0, &classicMember, in: 0...)
  }

  /// What a member that speaks the classic protocol said when it joined.
  package struct ClassicMember: Message {
    package var sessionTimeoutMilliseconds: Int32 = 0
    package var supportedProtocols: [ClassicProtocol] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&sessionTimeoutMilliseconds)
      try f.field(&supportedProtocols)
    }
  }

  /// An assignor that the member knows, and what it tells it.
  package struct ClassicProtocol: Message {
    package var name = ""
    package var metadata: [UInt8] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name)
      try f.field(&metadata)
    }
  }
}
