import Platform
import Records
import Testing

@testable import Coordinators

struct SimpleAssignorTests {
  private func topic(_ number: UInt64) -> TopicID { TopicID(high: 0, low: number) }

  private func question(
    _ members: [String: [UInt64]], _ counts: [UInt64: Int32],
    before: [String: PartitionAssignment] = [:]
  ) -> AssignmentQuestion {
    AssignmentQuestion(
      members: members.keys.sorted().map { id in
        AssignmentQuestion.Member(
          id: id, instanceID: nil,
          topics: Set((members[id] ?? []).filter { counts[$0] != nil }.map(topic)),
          target: before[id] ?? PartitionAssignment())
      },
      partitionCounts: Dictionary(uniqueKeysWithValues: counts.map { (topic($0), $1) }))
  }

  private func ids(_ count: Int) -> [String] { (0..<count).map { "m\($0)" } }

  /// By partition: how many members have it.
  private func sharers(_ result: [String: PartitionAssignment]) -> [String: Int] {
    var counts: [String: Int] = [:]
    for assignment in result.values {
      for (topic, partitions) in assignment.byTopic {
        for partition in partitions { counts["\(topic.low)-\(partition)", default: 0] += 1 }
      }
    }
    return counts
  }

  @Test(arguments: [1, 2, 3, 4, 5, 7, 12, 200], [1, 2, 3, 5, 8, 13])
  func `everyone gets as many, and every partition as many members`(
    memberCount: Int, partitionCount: Int32
  ) {
    let members = Dictionary(uniqueKeysWithValues: ids(memberCount).map { ($0, [UInt64(1)]) })
    let result = SimpleAssignor.assign(question(members, [1: partitionCount]))
    let loads = result.values.map(\.count)
    #expect((loads.max() ?? 0) - (loads.min() ?? 0) <= 1)
    let expected = (memberCount + Int(partitionCount) - 1) / Int(partitionCount)
    let counts = sharers(result)
    #expect(counts.count == Int(partitionCount) && counts.values.allSatisfy { $0 == expected })
  }

  @Test func `topics are spread together when all subscribe to the same`() {
    let members = ["a": [UInt64(1), 2], "b": [1, 2]]
    let result = SimpleAssignor.assign(question(members, [1: 1, 2: 1]))
    #expect(result.values.map(\.count) == [1, 1] && sharers(result).count == 2)
  }

  @Test func `different subscriptions are spread topic by topic`() {
    let members = ["a": [UInt64(1)], "b": [2], "c": [1, 2]]
    let result = SimpleAssignor.assign(question(members, [1: 4, 2: 4]))
    #expect(result["a"]?.count == 2 && result["b"]?.count == 2 && result["c"]?.count == 4)
    #expect(sharers(result).values.allSatisfy { $0 == 1 })
  }

  @Test func `nobody and nothing are fine`() {
    #expect(SimpleAssignor.assign(question([:], [:])).isEmpty)
    let lonely = SimpleAssignor.assign(question(["a": [9]], [:]))
    #expect(lonely == ["a": PartitionAssignment()])
    let none = SimpleAssignor.assign(question(["a": [1]], [1: 0]))
    #expect(none == ["a": PartitionAssignment()])
  }

  @Test func `the same question has the same answer, and its answer stays`() {
    let members = Dictionary(uniqueKeysWithValues: ids(5).map { ($0, [UInt64(1), 2]) })
    let first = SimpleAssignor.assign(question(members, [1: 7, 2: 2]))
    #expect(SimpleAssignor.assign(question(members, [1: 7, 2: 2])) == first)
    #expect(SimpleAssignor.assign(question(members, [1: 7, 2: 2], before: first)) == first)
  }

  @Test func `a newcomer takes no more than its share from the others`() {
    var members = ["a": [UInt64(1)], "b": [1]]
    let before = SimpleAssignor.assign(question(members, [1: 6]))
    members["c"] = [1]
    let after = SimpleAssignor.assign(question(members, [1: 6], before: before))
    #expect(after.values.map(\.count) == [2, 2, 2])
    for id in ["a", "b"] { #expect(after[id]!.isSubset(of: before[id]!)) }
  }

  /// Whatever they had before, also more or fewer than they should.
  @Test(arguments: 0..<200)
  func `any past leads to an even present`(_ seed: UInt64) {
    let random = SeededRandom(seed: seed)
    let memberCount = 1 + random.below(9)
    let partitionCount = 1 + random.below(9)
    var before: [String: PartitionAssignment] = [:]
    for id in ids(memberCount) {
      let had = (0..<12).filter { _ in random.below(2) == 0 }.map { PartitionID(Int32($0)) }
      before[id] = PartitionAssignment([(topic(UInt64(1 + random.below(2))), had)])
    }
    let members = Dictionary(uniqueKeysWithValues: ids(memberCount).map { ($0, [UInt64(1)]) })
    let result = SimpleAssignor.assign(
      question(members, [1: Int32(partitionCount)], before: before))
    let expected = (memberCount + partitionCount - 1) / partitionCount
    let counts = sharers(result)
    #expect(counts.count == partitionCount && counts.values.allSatisfy { $0 == expected })
    let loads = result.values.map(\.count)
    #expect((loads.max() ?? 0) - (loads.min() ?? 0) <= 1)
  }
}
