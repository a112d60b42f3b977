/// What a member of a consumer or share group shall read, as the answer to its heartbeat says it.
package struct HeartbeatAssignment: Message {
  package var topicPartitions: [TopicIDPartitions] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&topicPartitions)
  }
}
