import KafkaProtocol
import Records
import Testing

@testable import Coordinators

struct GroupMachineTests {
  // MARK: Joining

  @Test func `two members share a generation, and only the leader learns of both`() throws {
    let group = TestGroup { $0.initialRebalanceDelayMilliseconds = 3000 }
    let first = group.join(protocols: ["range", "sticky"])
    let second = group.join(protocols: ["sticky", "range"])
    #expect(group.joined(first) == nil, "an empty group waits for its delay")
    group.advance(6000)
    let leader = try #require(group.joined(first))
    let other = try #require(group.joined(second))
    #expect(leader.errorCode == .none && leader.generationID == 1)
    #expect(leader.leader == leader.memberID && other.leader == leader.memberID)
    #expect(leader.members.map(\.memberID) == [leader.memberID, other.memberID])
    #expect(other.members.isEmpty && leader.memberID != other.memberID)
    #expect(leader.protocolName == "range", "of equal votes the oldest member's first counts")
    #expect(leader.memberID.hasPrefix("c-"))
    #expect(group.machine.state == .completingRebalance)

    let waits = group.sync(other.memberID)
    #expect(group.synced(waits) == nil)
    let leads = group.sync(leader.memberID, assignments: [other.memberID: [7]])
    #expect(group.synced(waits)?.assignment == [7])
    #expect(group.synced(leads)?.assignment == [], "who is left out gets nothing")
    #expect(group.machine.state == .stable)
  }

  @Test func `a member without an id gets one first from version 4 on`() throws {
    let group = TestGroup()
    let refused = try #require(group.joined(group.join(version: 4)))
    #expect(refused.errorCode == .memberIDRequired && !refused.memberID.isEmpty)
    #expect(group.machine.state == .empty)
    let token = group.join(refused.memberID, version: 4)
    group.advance(0)
    #expect(group.joined(token)?.errorCode == ErrorCode.none)
    #expect(group.joined(token)?.memberID == refused.memberID)
  }

  @Test func `static members need no id first`() {
    let group = TestGroup()
    let token = group.join(instance: "i", version: 9)
    group.advance(0)
    #expect(group.joined(token)?.errorCode == ErrorCode.none)
    #expect(group.joined(token)?.memberID.hasPrefix("i-") == true)
  }

  @Test func `an id that was given out and never used expires`() throws {
    let group = TestGroup()
    let refused = try #require(group.joined(group.join(version: 4)))
    group.advance(10_000)
    #expect(group.machine.isDisposable)
    #expect(
      group.joined(group.join(refused.memberID, version: 4))?.errorCode == .unknownMemberID)
  }

  @Test func `the initial delay grows with new members, up to the rebalance timeout`() {
    let group = TestGroup { $0.initialRebalanceDelayMilliseconds = 1000 }
    let first = group.join(rebalance: 2500)
    group.advance(900)
    _ = group.join(rebalance: 2500)
    group.advance(200)
    #expect(group.joined(first) == nil)
    group.advance(800)
    _ = group.join(rebalance: 2500)
    group.advance(200)
    #expect(group.joined(first) == nil)
    group.advance(400)
    #expect(group.joined(first)?.members.count == 3)
    #expect(group.time.monotonicMilliseconds == 3500)
  }

  @Test func `votes choose among the assignors that all know`() throws {
    let group = TestGroup()
    _ = group.join(protocols: ["a", "b", "c"])
    _ = group.join(protocols: ["c", "b"])
    let last = group.join(protocols: ["c", "b", "x"])
    group.advance(0)
    #expect(group.joined(last)?.protocolName == "c")
  }

  @Test func `a member that shares no assignor or type is refused`() {
    let group = TestGroup()
    _ = group.makeStable(1)
    let assignor = group.join(protocols: ["other"])
    #expect(group.joined(assignor)?.errorCode == .inconsistentGroupProtocol)
    let type = group.join(type: "connect")
    #expect(group.joined(type)?.errorCode == .inconsistentGroupProtocol)
    let empty = TestGroup()
    #expect(empty.joined(empty.join(protocols: []))?.errorCode == .inconsistentGroupProtocol)
    #expect(empty.joined(empty.join(type: ""))?.errorCode == .inconsistentGroupProtocol)
    #expect(empty.machine.isDisposable)
  }

  @Test(arguments: [5999, 1_800_001, 0, -1, Int32.max])
  func `session timeouts out of bounds are refused`(_ timeout: Int32) {
    let group = TestGroup()
    #expect(group.joined(group.join(session: timeout))?.errorCode == .invalidSessionTimeout)
  }

  @Test func `a group takes no more members than it may have`() {
    let group = TestGroup { $0.maximumSize = 2 }
    let ids = group.makeStable(2)
    let third = group.join()
    #expect(group.joined(third)?.errorCode == .groupMaxSizeReached)
    #expect(group.joined(third)?.memberID == "")
    #expect(group.heartbeat(ids[1]) == ErrorCode.none)
  }

  @Test func `ids are not given out without bound`() {
    let group = TestGroup { $0.maximumPendingMembers = 2 }
    for expected in [ErrorCode.memberIDRequired, .memberIDRequired, .groupMaxSizeReached] {
      #expect(group.joined(group.join(version: 4))?.errorCode == expected)
    }
  }

  // MARK: Rebalancing

  @Test func `a newcomer makes the others join again`() throws {
    let group = TestGroup()
    let ids = group.makeStable(2)
    let newcomer = group.join()
    #expect(group.machine.state == .preparingRebalance)
    #expect(group.heartbeat(ids[0]) == .rebalanceInProgress)
    let again = ids.map { group.join($0) }
    #expect(group.joined(newcomer)?.generationID == group.machine.generationID)
    #expect(group.joined(again[0])?.members.count == 3)
    #expect(group.joined(again[1])?.members.isEmpty == true)
  }

  @Test func `members that do not come back in time are dropped`() throws {
    let group = TestGroup()
    let ids = group.makeStable(2)
    let newcomer = group.join(rebalance: 20_000)
    for _ in 0..<12 {
      group.advance(5000)
      _ = group.heartbeat(ids[0])
      _ = group.heartbeat(ids[1])
    }
    let answer = try #require(group.joined(newcomer))
    #expect(answer.leader == answer.memberID && answer.members.count == 1)
    #expect(group.heartbeat(ids[0]) == .unknownMemberID)
  }

  @Test func `a leader that joins again starts a rebalance, another with the same words does not`()
    throws
  {
    let group = TestGroup()
    let ids = group.makeStable(2)
    let generation = group.machine.generationID
    let follower = try #require(group.joined(group.join(ids[1])))
    #expect(follower.generationID == generation && follower.members.isEmpty)
    #expect(group.machine.state == .stable)
    _ = group.join(ids[1], metadata: [2])
    #expect(group.machine.state == .preparingRebalance, "its words have changed")

    let other = TestGroup()
    let leader = other.join(other.makeStable(2)[0])
    #expect(other.machine.state == .preparingRebalance && other.joined(leader) == nil)
  }

  @Test func `a lost answer to a join is given again`() throws {
    let group = TestGroup()
    let token = group.join()
    group.advance(0)
    let first = try #require(group.joined(token))
    #expect(group.joined(group.join(first.memberID)) == first)
  }

  @Test func `a second join of one member answers the first`() {
    let group = TestGroup()
    let ids = group.makeStable(2)
    let first = group.join(ids[0])
    let second = group.join(ids[0])
    #expect(group.joined(first)?.errorCode == .rebalanceInProgress)
    #expect(group.joined(second) == nil)
    _ = group.join(ids[1])
    #expect(group.joined(second)?.errorCode == ErrorCode.none)
  }

  @Test func `members that never ask for their assignment are dropped`() throws {
    let group = TestGroup()
    let first = group.join(rebalance: 8000)
    let second = group.join(rebalance: 8000)
    group.advance(0)
    let leader = try #require(group.joined(first)).memberID
    let silent = try #require(group.joined(second)).memberID
    _ = group.sync(leader)
    group.advance(4000)
    #expect(group.heartbeat(silent) == ErrorCode.none)
    group.advance(4000)
    #expect(group.machine.state == .preparingRebalance)
    #expect(group.heartbeat(silent) == .unknownMemberID)
  }

  @Test func `a rebalance refuses those who wait for their assignment`() {
    let group = TestGroup()
    let ids = group.makeStable(2)
    let again = group.join(ids[0])
    _ = group.join(ids[1])
    #expect(group.joined(again)?.errorCode == ErrorCode.none)
    let waits = group.sync(ids[1])
    _ = group.join()
    #expect(group.synced(waits)?.errorCode == .rebalanceInProgress)
  }

  // MARK: Sessions and leaving

  @Test func `a silent member is dropped after its session`() {
    let group = TestGroup()
    let ids = group.makeStable(2)
    group.advance(9000)
    #expect(group.heartbeat(ids[0]) == ErrorCode.none)
    group.advance(999)
    #expect(group.machine.state == .stable)
    group.advance(1)
    #expect(group.machine.state == .preparingRebalance)
    #expect(group.machine.members.count == 1)
    #expect(group.joined(group.join(ids[0]))?.members.count == 1)
  }

  @Test func `a commit keeps the session alive`() {
    let group = TestGroup()
    let ids = group.makeStable(1)
    group.advance(9000)
    _ = group.commit(1, ids[0], generation: group.machine.generationID)
    group.advance(9000)
    #expect(group.machine.state == .stable)
  }

  @Test func `who waits for a rebalance keeps its place beyond its session`() {
    let group = TestGroup()
    let ids = group.makeStable(2)
    let waits = group.join(ids[0])
    group.advance(9500)
    #expect(group.heartbeat(ids[1]) == .rebalanceInProgress)
    group.advance(9500)
    #expect(group.machine.members.count == 2)
    _ = group.join(ids[1])
    #expect(group.joined(waits)?.members.count == 2)
  }

  @Test func `the last to leave empties the group with a record`() throws {
    let group = TestGroup()
    let ids = group.makeStable(1)
    #expect(group.leave(ids[0]) == ErrorCode.none)
    #expect(group.machine.state == .empty && group.machine.generationID == 2)
    guard case .metadata("g", let value?)? = group.log.last else {
      Issue.record("no record of the empty group")
      return
    }
    #expect(value.members.isEmpty && value.generation == 2 && value.protocolType == "consumer")
    #expect(group.restarted().machine.generationID == 2)
  }

  @Test func `a leader that leaves is followed by the oldest member`() {
    let group = TestGroup()
    let ids = group.makeStable(3)
    _ = group.leave(ids[0])
    let tokens = ids.dropFirst().map { group.join($0) }
    #expect(group.joined(tokens[0])?.leader == ids[1])
    #expect(group.joined(tokens[0])?.members.map(\.memberID) == [ids[1], ids[2]])
  }

  @Test func `a pending member may leave, and is not waited for then`() throws {
    let group = TestGroup()
    let ids = group.makeStable(2)
    let pending = try #require(group.joined(group.join(version: 4))).memberID
    let tokens = ids.map { group.join($0) }
    #expect(group.joined(tokens[0]) == nil, "the joining waits for the id that was given out")
    #expect(group.leave(pending) == ErrorCode.none)
    #expect(group.joined(tokens[0])?.members.count == 2)
  }

  @Test func `unloading sends everyone away`() {
    let group = TestGroup()
    let ids = group.makeStable(2)
    let waits = group.join(ids[0])
    group.syncsAtOnce = false
    let commit = group.commit(5, ids[1], generation: group.machine.generationID)
    group.send { _ in .unload }
    #expect(group.joined(waits)?.errorCode == .notCoordinator)
    #expect(group.committed(commit) == [.notCoordinator])
    #expect(group.machine.state == .dead)
  }
}
