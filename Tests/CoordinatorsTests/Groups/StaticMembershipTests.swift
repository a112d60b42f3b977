import KafkaProtocol
import Testing

@testable import Coordinators

struct StaticMembershipTests {
  /// A stable group of one static leader and one dynamic member.
  private func makeGroup() -> (TestGroup, leader: String, other: String) {
    let group = TestGroup()
    let first = group.join(instance: "i")
    let second = group.join()
    group.advance(0)
    let leader = group.joined(first)?.memberID ?? ""
    let other = group.joined(second)?.memberID ?? ""
    group.complete([leader, other])
    return (group, leader, other)
  }

  @Test func `a static member that comes back takes its place without a rebalance`() throws {
    let (group, leader, other) = makeGroup()
    let generation = group.machine.generationID
    let answer = try #require(group.joined(group.join(instance: "i", version: 5)))
    #expect(group.machine.state == .stable && answer.generationID == generation)
    #expect(answer.memberID != leader && answer.members.isEmpty && !answer.skipAssignment)
    #expect(answer.leader == leader, "it must not take itself for the leader and assign anew")
    #expect(group.synced(group.sync(answer.memberID, instance: "i"))?.assignment == [0])
    #expect(group.heartbeat(leader, instance: "i") == .fencedInstanceID)
    #expect(group.heartbeat(leader) == .unknownMemberID)
    #expect(group.heartbeat(other) == ErrorCode.none)
    #expect(group.restarted().machine.staticMembers["i"] == answer.memberID)
  }

  @Test func `from version 9 on the leader is told to skip the assignment`() throws {
    let (group, leader, other) = makeGroup()
    let answer = try #require(group.joined(group.join(instance: "i", version: 9)))
    #expect(answer.skipAssignment && answer.leader == answer.memberID && leader != answer.leader)
    #expect(answer.members.map(\.memberID) == [answer.memberID, other])
  }

  @Test func `a static member with other words starts a rebalance if the assignor changes`() {
    let group = TestGroup()
    let token = group.join(instance: "i", protocols: ["range", "sticky"])
    group.advance(0)
    group.complete([group.joined(token)?.memberID ?? ""])
    let again = group.join(instance: "i", protocols: ["sticky", "range"])
    #expect(group.joined(again)?.generationID == 2 && group.joined(again)?.protocolName == "sticky")
  }

  @Test func `the old incarnation that waits is fenced`() {
    let (group, _, _) = makeGroup()
    let newcomer = group.join()
    let old = group.join(group.machine.staticMembers["i"] ?? "", instance: "i")
    let new = group.join(instance: "i")
    #expect(group.joined(old)?.errorCode == .fencedInstanceID)
    #expect(group.joined(new) == nil && group.joined(newcomer) == nil)
  }

  @Test func `a rebalance keeps the place of an absent static member until its session ends`()
    throws
  {
    let group = TestGroup()
    let first = group.join(session: 10_000, rebalance: 3000)
    _ = group.join(instance: "i", session: 30_000, rebalance: 3000)
    group.advance(0)
    let leader = try #require(group.joined(first)).memberID
    group.complete([leader, group.machine.staticMembers["i"] ?? ""])
    let again = group.join(leader, session: 10_000, rebalance: 3000)
    group.advance(3000)
    #expect(group.joined(again)?.members.count == 2)
    _ = group.sync(leader)
    for _ in 0..<5 {
      group.advance(5000)
      _ = group.heartbeat(leader)
    }
    #expect(group.machine.members.count == 2)
    group.advance(5000)
    #expect(group.machine.members.count == 1 && group.machine.staticMembers.isEmpty)
  }

  @Test func `an administrator removes a static member by its name`() {
    let (group, _, _) = makeGroup()
    #expect(group.leave("", instance: "nobody") == .unknownMemberID)
    #expect(group.leave("x", instance: "i") == .fencedInstanceID)
    #expect(group.leave("", instance: "i") == ErrorCode.none)
    #expect(group.machine.state == .preparingRebalance && group.machine.members.count == 1)
  }

  @Test func `a change of id that cannot be stored is refused`() {
    let (group, _, _) = makeGroup()
    group.syncsAtOnce = false
    let token = group.join(instance: "i", version: 9)
    #expect(group.joined(token) == nil, "it waits for the disk")
    group.fail(.notCoordinator)
    #expect(group.joined(token)?.errorCode == .notCoordinator)
  }
}
