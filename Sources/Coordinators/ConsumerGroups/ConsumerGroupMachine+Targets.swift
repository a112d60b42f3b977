import KafkaProtocol
import Records

// Subscriptions, the group's epoch, and what everyone shall have.
extension ConsumerGroupMachine {
  /// Finds out which topics match the members' expressions; those of nobody are forgotten.
  mutating func lookAtTopics(areOthers: Bool) {
    let used = Set(group.members.values.compactMap(\.metadata.subscribedTopicRegex))
    for expression in group.expressions.keys.sorted() where !used.contains(expression) {
      write(.expression(expression, nil))
    }
    for expression in used.sorted() where areOthers || group.expressions[expression] == nil {
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

  // MARK: Epochs and targets

  func assign(_ question: AssignmentQuestion) -> [String: PartitionAssignment] {
    assignor.assign(question)
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
