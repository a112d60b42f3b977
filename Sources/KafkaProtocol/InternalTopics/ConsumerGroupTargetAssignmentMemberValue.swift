/// What a member of a consumer or share group shall have, in `__consumer_offsets` (Kafka's
/// ConsumerGroupTargetAssignmentMemberValue.json; ShareGroup… is the same).
package struct ConsumerGroupTargetAssignmentMemberValue: EmbeddedMessage {
  package static let versions: ClosedRange<Int16> = 0...0
  package static let flexibleFrom: Int16 = 0

  package var topicPartitions: [TopicIDPartitions] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&topicPartitions)
  }
}
