import KafkaProtocol
import Records

/// A group of the consumer protocol (KIP-848), as the log keeps it: changes only by replay.
package struct ConsumerGroup: AssignedGroup, Equatable {
  package let id: String
  package private(set) var epoch: Int32 = 0
  package private(set) var metadataHash: Int64 = 0
  package private(set) var targetEpoch: Int32 = 0
  package private(set) var members: [String: ConsumerMember] = [:]
  package private(set) var targets: [String: PartitionAssignment] = [:]
  /// What the regular expressions of members stand for.
  package private(set) var expressions: [String: ConsumerGroupRegularExpressionValue] = [:]
  /// Member ids by the names of static members.
  package private(set) var instances: [String: String] = [:]
  /// Who has a partition, or has not said that it gave it up.
  private var owners: [TopicID: [PartitionID: String]] = [:]

  package init(id: String) { self.id = id }

  /// The group's state under Kafka's names.
  package var state: String {
    if members.isEmpty { return "Empty" }
    if epoch > targetEpoch { return "Assigning" }
    let isStable = members.values.allSatisfy { $0.state == .stable && $0.epoch == targetEpoch }
    return isStable ? "Stable" : "Reconciling"
  }

  /// Whether nobody but the member itself has the partition.
  func isFree(_ partition: PartitionID, of topic: TopicID, for member: String) -> Bool {
    guard let owner = owners[topic]?[partition] else { return true }
    return owner == member
  }

  /// The names of the topics that the member subscribes to, by name and by expression.
  func subscribedTopics(of member: ConsumerMember) -> Set<String> {
    var names = Set(member.metadata.subscribedTopicNames)
    if let expression = member.metadata.subscribedTopicRegex {
      names.formUnion(expressions[expression]?.topics ?? [])
    }
    return names
  }

  // MARK: Replay

  mutating func replay(_ record: ConsumerGroupRecord) {
    switch record {
    case .epoch(let value):
      epoch = value?.epoch ?? 0
      metadataHash = value?.metadataHash ?? 0
    case .targetEpoch(let value): targetEpoch = value?.assignmentEpoch ?? 0
    case .member(let id, let value): replay(member: id, value)
    case .target(let id, let value):
      targets[id] = value.map { PartitionAssignment($0.topicPartitions) }
    case .current(let id, let value): replay(current: id, value)
    case .expression(let expression, let value): expressions[expression] = value
    }
  }

  private mutating func replay(member id: String, _ value: ConsumerGroupMemberMetadataValue?) {
    if let old = members[id]?.metadata.instanceID, instances[old] == id { instances[old] = nil }
    guard let value else {
      if let gone = members.removeValue(forKey: id) { release(gone) }
      return
    }
    members[id, default: ConsumerMember(id: id)].metadata = value
    if let name = value.instanceID { instances[name] = id }
  }

  private mutating func replay(
    current id: String, _ value: ConsumerGroupCurrentMemberAssignmentValue?
  ) {
    // After compaction a member's assignment may come before the member, a tombstone after it.
    guard value != nil || members[id] != nil else { return }
    var member = members[id] ?? ConsumerMember(id: id)
    release(member)
    member.replay(value)
    members[id] = member
    claim(member)
  }

  private mutating func release(_ member: ConsumerMember) {
    for (topic, partitions) in [member.assigned, member.pendingRevocation].flatMap(\.byTopic) {
      for partition in partitions where owners[topic]?[partition] == member.id {
        owners[topic]?[partition] = nil
      }
      if owners[topic]?.isEmpty == true { owners[topic] = nil }
    }
  }

  private mutating func claim(_ member: ConsumerMember) {
    for (topic, partitions) in [member.assigned, member.pendingRevocation].flatMap(\.byTopic) {
      for partition in partitions { owners[topic, default: [:]][partition] = member.id }
    }
  }
}
