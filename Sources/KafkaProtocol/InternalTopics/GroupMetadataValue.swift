/// A classic group as `__consumer_offsets` keeps it: its generation, its members and what each was
/// assigned (Kafka's GroupMetadataValue.json). Version 3 is written; all are read.
package struct GroupMetadataValue: EmbeddedMessage {
  package static let versions: ClosedRange<Int16> = 0...4
  package static let flexibleFrom: Int16 = 4
  package static let writtenVersion: Int16 = 3

  package var protocolType = ""
  package var generation: Int32 = 0
  package var protocolName: String?
  package var leader: String?
  /// Milliseconds since 1970.
  package var currentStateTimestamp: Int64 = -1
  package var members: [Member] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&protocolType)
    try f.field(&generation)
    try f.field(&protocolName)
    try f.field(&leader)
    try f.field(&currentStateTimestamp, in: 2...)
    try f.field(&members)
  }

  /// A member of the generation.
  package struct Member: Message {
    package var memberID = ""
    package var groupInstanceID: String?
    package var clientID = ""
    package var clientHost = ""
    package var rebalanceTimeoutMilliseconds: Int32 = 0
    package var sessionTimeoutMilliseconds: Int32 = 0
    /// What the member told the chosen assignor.
    package var subscription: [UInt8] = []
    package var assignment: [UInt8] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&memberID)
      try f.field(&groupInstanceID, in: 3...)
      try f.field(&clientID)
      try f.field(&clientHost)
      try f.field(&rebalanceTimeoutMilliseconds, in: 1...)
      try f.field(&sessionTimeoutMilliseconds)
      try f.field(&subscription)
      try f.field(&assignment)
    }
  }
}
