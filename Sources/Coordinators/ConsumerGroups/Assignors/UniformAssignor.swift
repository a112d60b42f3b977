import Records

/// Spreads partitions as evenly as the subscriptions allow, and moves few.
///
/// Every member keeps what it was to have and may still have. What is left goes to the least loaded
/// subscriber. Then, while some member has at least two more than another that it can hand one to,
/// directly or through others, that chain of hand-overs is made: when there is none any more, no
/// assignment is more even (Harvey, Ladner, Lovász, Tamir: semi-matchings, 2003).
enum UniformAssignor {
  static func assign(_ question: AssignmentQuestion) -> [String: PartitionAssignment] {
    var board = Board(question)
    board.keepTargets(question)
    board.assignRest()
    board.balance()
    return board.result
  }

  /// Members and topics by their numbers, in a fixed order.
  private struct Board {
    private let ids: [String]
    private let topics: [(id: TopicID, partitionCount: Int32)]
    /// By topic, the members that subscribe to it.
    private let subscribers: [[Int]]
    /// By member and topic: its partitions.
    private var held: [[Int: Set<PartitionID>]]
    private var loads: [Int]
    /// By topic: who was to have each partition before.
    private var former: [[PartitionID: Int]]

    init(_ question: AssignmentQuestion) {
      let members = question.members.sorted { $0.id < $1.id }
      ids = members.map(\.id)
      topics = question.partitionCounts
        .sorted { ($0.key.high, $0.key.low) < ($1.key.high, $1.key.low) }
        .map { ($0.key, $0.value) }
      subscribers = topics.map { topic in
        members.indices.filter { members[$0].topics.contains(topic.id) }
      }
      held = Array(repeating: [:], count: members.count)
      loads = Array(repeating: 0, count: members.count)
      former = Array(repeating: [:], count: topics.count)
    }

    var result: [String: PartitionAssignment] {
      var result: [String: PartitionAssignment] = [:]
      for (member, id) in ids.enumerated() {
        var assignment = PartitionAssignment()
        for (topic, partitions) in held[member] {
          assignment.insert(partitions, of: topics[topic].id)
        }
        result[id] = assignment
      }
      return result
    }

    // MARK: Before balancing

    mutating func keepTargets(_ question: AssignmentQuestion) {
      let members = question.members.sorted { $0.id < $1.id }
      for (topic, entry) in topics.enumerated() {
        for member in subscribers[topic] {
          for partition in members[member].target.byTopic[entry.id] ?? []
          where partition.rawValue < entry.partitionCount && former[topic][partition] == nil {
            former[topic][partition] = member
            give(partition, of: topic, to: member)
          }
        }
      }
    }

    mutating func assignRest() {
      // Topics with few subscribers first: their partitions have the least choice.
      let order = topics.indices.sorted {
        (subscribers[$0].count, $0) < (subscribers[$1].count, $1)
      }
      for topic in order where !subscribers[topic].isEmpty {
        for number in 0..<topics[topic].partitionCount
        where former[topic][PartitionID(number)] == nil {
          let least = subscribers[topic].min { (loads[$0], $0) < (loads[$1], $1) }
          if let least { give(PartitionID(number), of: topic, to: least) }
        }
      }
    }

    // MARK: Balancing

    mutating func balance() {
      var isDone = false
      while !isDone {
        isDone = true
        for member in loads.indices.sorted(by: { (loads[$1], $0) < (loads[$0], $1) }) {
          while let chain = chainToLighter(from: member) {
            isDone = false
            for step in chain { handOver(step) }
          }
        }
      }
    }

    /// A member hands a partition of a topic to another.
    private struct Step {
      let from: Int
      let to: Int
      let topic: Int
    }

    /// The shortest chain of hand-overs to the least loaded member in reach, if that has at least
    /// two partitions less.
    private func chainToLighter(from start: Int) -> [Step]? {
      guard let least = loads.min(), loads[start] >= least + 2 else { return nil }
      var steps: [Int: Step] = [:]
      var seenTopics: Set<Int> = []
      var queue = [start]
      var next = 0
      var best: Int?
      while next < queue.count {
        let member = queue[next]
        next += 1
        for topic in held[member].keys.sorted() where seenTopics.insert(topic).inserted {
          for other in subscribers[topic] where other != start && steps[other] == nil {
            steps[other] = Step(from: member, to: other, topic: topic)
            queue.append(other)
            if loads[other] + 2 <= loads[start], loads[other] < best.map({ loads[$0] }) ?? .max {
              best = other
            }
          }
        }
        if let best, loads[best] == least { break }
      }
      guard var end = best else { return nil }
      var chain: [Step] = []
      while end != start, let step = steps[end] {
        chain.append(step)
        end = step.from
      }
      return chain
    }

    /// Hands over a partition that the receiver had before if there is one, else one that the giver
    /// did not have before, else its last.
    private mutating func handOver(_ step: Step) {
      guard let mine = held[step.from][step.topic] else { return }
      func rank(_ partition: PartitionID) -> Int {
        switch former[step.topic][partition] {
        case step.to: 2
        case step.from: 0
        default: 1
        }
      }
      guard let choice = mine.max(by: { (rank($0), $0) < (rank($1), $1) }) else { return }
      held[step.from][step.topic]?.remove(choice)
      if held[step.from][step.topic]?.isEmpty == true { held[step.from][step.topic] = nil }
      loads[step.from] -= 1
      give(choice, of: step.topic, to: step.to)
    }

    private mutating func give(_ partition: PartitionID, of topic: Int, to member: Int) {
      held[member][topic, default: []].insert(partition)
      loads[member] += 1
    }
  }
}
