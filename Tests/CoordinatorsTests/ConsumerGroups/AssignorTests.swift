import Platform
import Records
import Testing

@testable import Coordinators

struct AssignorTests {
  private func topic(_ number: Int) -> TopicID { TopicID(high: 0, low: UInt64(number)) }

  /// Members "0", "1", … that subscribe to topics by number; targets as an assignor gave them.
  private func ask(
    _ assignor: ServerAssignor, _ subscriptions: [String: Set<Int>], _ counts: [Int: Int32],
    before: [String: PartitionAssignment] = [:], instances: [String: String] = [:]
  ) -> [String: PartitionAssignment] {
    let members = subscriptions.map { id, topics in
      AssignmentQuestion.Member(
        id: id, instanceID: instances[id],
        topics: Set(topics.filter { counts[$0] != nil }.map(topic)),
        target: before[id] ?? PartitionAssignment())
    }
    var partitionCounts: [TopicID: Int32] = [:]
    for (number, count) in counts { partitionCounts[topic(number)] = count }
    return assignor.assign(AssignmentQuestion(members: members, partitionCounts: partitionCounts))
  }

  /// Every partition of a topic that somebody reads has one member, which subscribes to it.
  private func check(
    _ result: [String: PartitionAssignment], _ subscriptions: [String: Set<Int>],
    _ counts: [Int: Int32], _ comment: Comment? = nil
  ) {
    for (number, count) in counts {
      let id = topic(number)
      let given = result.values.flatMap { Array($0.byTopic[id] ?? []) }.sorted()
      let isRead = subscriptions.values.contains { $0.contains(number) }
      #expect(given == (isRead ? (0..<count).map { PartitionID($0) } : []), comment)
      for (member, assignment) in result where assignment.byTopic[id] != nil {
        #expect(subscriptions[member]?.contains(number) == true, comment)
      }
    }
  }

  /// How many partitions stay with their members.
  private func kept(
    _ before: [String: PartitionAssignment], _ after: [String: PartitionAssignment]
  ) -> Int {
    before.reduce(0) { $0 + ($1.value.intersection(after[$1.key] ?? PartitionAssignment())).count }
  }

  @Test func `uniform spreads evenly and moves no more than it must`() {
    var subscriptions: [String: Set<Int>] = ["a": [1, 2], "b": [1, 2]]
    let counts: [Int: Int32] = [1: 5, 2: 4]
    let two = ask(.uniform, subscriptions, counts)
    check(two, subscriptions, counts)
    #expect(two.values.map(\.count).sorted() == [4, 5])
    subscriptions["c"] = [1, 2]
    let three = ask(.uniform, subscriptions, counts, before: two)
    check(three, subscriptions, counts)
    #expect(three.values.map(\.count) == [3, 3, 3] && kept(two, three) == 6)
    subscriptions["b"] = nil
    let again = ask(.uniform, subscriptions, counts, before: three)
    #expect(again.values.map(\.count).sorted() == [4, 5] && kept(three, again) == 6)
    #expect(ask(.uniform, subscriptions, counts, before: again) == again)
  }

  @Test func `uniform hands partitions on through members between`() {
    // Only b can take from a, and only c from b.
    let subscriptions: [String: Set<Int>] = ["a": [1], "b": [1, 2], "c": [2]]
    let counts: [Int: Int32] = [1: 4, 2: 2]
    let before = ask(.uniform, ["a": [1], "b": [2]], counts)
    let after = ask(.uniform, subscriptions, counts, before: before)
    check(after, subscriptions, counts)
    #expect(after.mapValues(\.count) == ["a": 2, "b": 2, "c": 2])
  }

  @Test func `uniform forgets topics and partitions that are gone`() {
    let before = ask(.uniform, ["a": [1, 2], "b": [1, 2]], [1: 8, 2: 8])
    let counts: [Int: Int32] = [1: 3]
    let after = ask(.uniform, ["a": [1, 2], "b": [1, 2]], counts, before: before)
    check(after, ["a": [1, 2], "b": [1, 2]], counts)
    #expect(after.values.map(\.count).sorted() == [1, 2])
  }

  @Test(arguments: 0..<60)
  func `uniform is as even as any assignment can be`(_ seed: UInt64) {
    let random = SeededRandom(seed: seed)
    let topics = 1 + random.below(5)
    var counts: [Int: Int32] = [:]
    for number in 0..<topics { counts[number] = Int32(1 + random.below(6)) }
    var before: [String: PartitionAssignment] = [:]
    for round in 0..<4 {
      var subscriptions: [String: Set<Int>] = [:]
      for member in 0..<(1 + random.below(6)) {
        subscriptions["m\(member)"] = Set(
          (0..<topics).filter { _ in random.below(3) > 0 })
      }
      let after = ask(.uniform, subscriptions, counts, before: before)
      check(after, subscriptions, counts, "seed \(seed) round \(round)")
      let best = leastSquares(subscriptions, counts)
      let squares = after.values.reduce(0) { $0 + $1.count * $1.count }
      #expect(squares == best, "seed \(seed) round \(round)")
      #expect(ask(.uniform, subscriptions, counts, before: after) == after, "seed \(seed)")
      before = after
    }
  }

  /// The least sum of squares that an assignment can have: partition after partition along the
  /// cheapest augmenting path (the problem is a flow with convex costs).
  private func leastSquares(_ subscriptions: [String: Set<Int>], _ counts: [Int: Int32]) -> Int {
    let members = subscriptions.keys.sorted()
    var held: [[Int]] = members.map { _ in [] }
    for (topic, count) in counts {
      for _ in 0..<count {
        var parents: [Int: (member: Int, topic: Int)?] = [:]
        var queue = members.indices.filter { subscriptions[members[$0]]!.contains(topic) }
        guard !queue.isEmpty else { break }
        for member in queue { parents[member] = .some(nil) }
        var next = 0
        while next < queue.count {
          let member = queue[next]
          next += 1
          for owned in Set(held[member]) {
            for other in members.indices
            where parents[other] == nil && subscriptions[members[other]]!.contains(owned) {
              parents[other] = (member, owned)
              queue.append(other)
            }
          }
        }
        var end = queue.min { held[$0].count < held[$1].count }!
        while let step = parents[end]! {
          held[end].append(step.topic)
          held[step.member].remove(at: held[step.member].firstIndex(of: step.topic)!)
          end = step.member
        }
        held[end].append(topic)
      }
    }
    return held.reduce(0) { $0 + $1.count * $1.count }
  }

  @Test func `range gives neighbours, and the same numbers of equal topics`() {
    let subscriptions: [String: Set<Int>] = ["a": [1, 2], "b": [1, 2], "c": [1]]
    let result = ask(.range, subscriptions, [1: 7, 2: 4])
    check(result, subscriptions, [1: 7, 2: 4])
    #expect(result["a"]?.byTopic[topic(1)] == [PartitionID(0), PartitionID(1), PartitionID(2)])
    #expect(result["c"]?.byTopic[topic(1)] == [PartitionID(5), PartitionID(6)])
    #expect(result["b"]?.byTopic[topic(2)] == [PartitionID(2), PartitionID(3)])
    let equal = ask(.range, ["a": [1, 2], "b": [1, 2]], [1: 5, 2: 5])
    for assignment in equal.values {
      #expect(assignment.byTopic[topic(1)] == assignment.byTopic[topic(2)])
    }
  }

  @Test func `range keeps a static member's place whatever its id`() {
    let first = ask(.range, ["z": [1], "b": [1]], [1: 2], instances: ["z": "i"])
    let second = ask(.range, ["a": [1], "b": [1]], [1: 2], instances: ["a": "i"])
    #expect(first["z"] == second["a"] && first["b"] == second["b"])
  }
}
