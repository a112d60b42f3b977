/// What a member of a consumer group has, in `__consumer_offsets` (Kafka's
/// ConsumerGroupCurrentMemberAssignmentValue.json).
package struct ConsumerGroupCurrentMemberAssignmentValue: EmbeddedMessage {
  package static let versions: ClosedRange<Int16> = 0...0
  package static let flexibleFrom: Int16 = 0

  package var memberEpoch: Int32 = 0
  package var previousMemberEpoch: Int32 = 0
  package var state: Int8 = 0
  package var assignedPartitions: [TopicIDPartitions] = []
  package var partitionsPendingRevocation: [TopicIDPartitions] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&memberEpoch)
    try f.field(&previousMemberEpoch)
    try f.field(&state)
    try f.field(&assignedPartitions)
    try f.field(&partitionsPendingRevocation)
  }
}
