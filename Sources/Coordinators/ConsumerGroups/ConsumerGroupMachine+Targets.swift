import KafkaProtocol
import Records

// Subscriptions, the group's epoch, and what everyone shall have.
extension ConsumerGroupMachine {
  /// Begins a new epoch if the members' subscriptions or the topics behind them are others.
  mutating func refresh(subscriptionsChanged: Bool) {
    let topics = surroundings.topics
    let isNewCatalog = checkedTopics != topics.version
    guard subscriptionsChanged || isNewCatalog else { return }
    resolveExpressions(all: isNewCatalog)
    checkedTopics = topics.version
    let hash = topicsHash
    guard subscriptionsChanged || hash != group.metadataHash else { return }
    let value = ConsumerGroupMetadataValue {
      $0.epoch = group.epoch + 1
      $0.metadataHash = hash
    }
    write(.epoch(value))
  }

  /// Finds out which topics match the members' expressions; those of nobody are forgotten.
  private mutating func resolveExpressions(all: Bool) {
    let used = Set(group.members.values.compactMap(\.metadata.subscribedTopicRegex))
    for expression in group.expressions.keys.sorted() where !used.contains(expression) {
      write(.expression(expression, nil))
    }
    for expression in used.sorted() where all || group.expressions[expression] == nil {
      var names: [String] = []
      // One that a newer broker took and this one does not know matches nothing.
      if let pattern = try? NamePattern(expression) {
        names = surroundings.topics.matchableNames.filter(pattern.matches).sorted()
      }
      guard group.expressions[expression]?.topics != names else { continue }
      let value = ConsumerGroupRegularExpressionValue {
        $0.topics = names
        $0.version = surroundings.topics.version
        $0.timestamp = now.wallMilliseconds
      }
      write(.expression(expression, value))
    }
  }

  /// A number that changes with the topics that members subscribe to: with their ids and how many
  /// partitions they have (FNV-1a; Kafka has another function, so a broker that takes over from
  /// the other kind begins one more epoch).
  private var topicsHash: Int64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func mix(_ value: UInt64) {
      for shift in stride(from: UInt64(0), to: 64, by: 8) {
        hash = (hash ^ (value >> shift & 0xff)) &* 0x100_0000_01b3
      }
    }
    for name in group.subscribedTopics.sorted() {
      guard let topic = surroundings.topics.topic(named: name) else { continue }
      mix(topic.id.high)
      mix(topic.id.low)
      mix(UInt64(topic.partitionCount))
    }
    return Int64(bitPattern: hash)
  }

  // MARK: Targets

  /// Has the group's assignor say what everyone shall have, if a new epoch has begun.
  mutating func updateTargets() {
    guard group.epoch > group.targetEpoch else { return }
    let targets = assignor.assign(question)
    for member in group.membersInOrder {
      let target = targets[member.id] ?? PartitionAssignment()
      guard target != group.target(of: member.id) else { continue }
      let value = ConsumerGroupTargetAssignmentMemberValue { $0.topicPartitions = target.recorded }
      write(.target(member: member.id, value))
    }
    let value = ConsumerGroupTargetAssignmentMetadataValue { $0.assignmentEpoch = group.epoch }
    write(.targetEpoch(value))
  }

  /// The assignor that most members ask for, of equals the one that the config names first; the
  /// first of the config when nobody asks.
  var assignor: ServerAssignor {
    var votes: [String: Int] = [:]
    for member in group.members.values {
      if let name = member.metadata.serverAssignor { votes[name, default: 0] += 1 }
    }
    let most = votes.values.max()
    return config.consumerAssignors.first { most != nil && votes[$0.rawValue] == most }
      ?? config.consumerAssignors.first ?? .uniform
  }

  private var question: AssignmentQuestion {
    var partitionCounts: [TopicID: Int32] = [:]
    var known: [String: TopicID] = [:]
    for name in group.subscribedTopics {
      guard let topic = surroundings.topics.topic(named: name) else { continue }
      known[name] = topic.id
      partitionCounts[topic.id] = topic.partitionCount
    }
    let members = group.membersInOrder.map { member in
      AssignmentQuestion.Member(
        id: member.id, instanceID: member.metadata.instanceID,
        topics: Set(group.subscribedTopics(of: member).compactMap { known[$0] }),
        target: group.target(of: member.id))
    }
    return AssignmentQuestion(members: members, partitionCounts: partitionCounts)
  }

  /// Takes the member's next step towards its target.
  mutating func reconcile(_ id: String, owned: PartitionAssignment?) {
    guard let member = group.members[id] else { return }
    let next = Reconciliation(group: group, owned: owned).next(of: member)
    guard next != member else { return }
    write(.current(member: id, next.currentAssignment))
    if deadlines[id] == nil { touch(id) }
    let deadline = next.state == .unrevokedPartitions ? rebalanceDeadline(of: next) : nil
    deadlines[id]?.revocation = deadline
  }
}
