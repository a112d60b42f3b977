/// A member of a share group in `__consumer_offsets` (Kafka's ShareGroupMemberMetadataValue.json).
package struct ShareGroupMemberMetadataValue: EmbeddedMessage {
  package static let versions: ClosedRange<Int16> = 0...0
  package static let flexibleFrom: Int16 = 0

  package var rackID: String?
  package var clientID = ""
  package var clientHost = ""
  package var subscribedTopicNames: [String] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&rackID)
    try f.field(&clientID)
    try f.field(&clientHost)
    try f.field(&subscribedTopicNames)
  }
}
