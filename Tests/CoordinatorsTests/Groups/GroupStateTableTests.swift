import KafkaProtocol
import Testing

@testable import Coordinators

/// What each state answers to each request: Kafka's errors.
struct GroupStateTableTests {
  enum Situation: String, CaseIterable {
    case empty, preparing, completing, stable, dead

    /// A group in this state and two of its members' ids.
    func make() -> (TestGroup, [String]) {
      let group = TestGroup()
      let ids = group.makeStable(2)
      switch self {
      case .empty: for id in ids { _ = group.leave(id) }
      case .preparing: _ = group.join()
      case .completing: for id in ids { _ = group.join(id) }
      case .stable: break
      case .dead: group.send { _ in .unload }
      }
      precondition(group.machine.state == state)
      return (group, ids)
    }

    private var state: GroupState {
      switch self {
      case .empty: .empty
      case .preparing: .preparingRebalance
      case .completing: .completingRebalance
      case .stable: .stable
      case .dead: .dead
      }
    }
  }

  static let heartbeats: [(Situation, ErrorCode)] = [
    (.empty, .unknownMemberID), (.preparing, .rebalanceInProgress), (.completing, .none),
    (.stable, .none), (.dead, .coordinatorNotAvailable),
  ]

  @Test(arguments: heartbeats)
  func heartbeat(_ situation: Situation, _ expected: ErrorCode) {
    let (group, ids) = situation.make()
    #expect(group.heartbeat(ids[1]) == expected)
    guard situation != .dead else { return }
    #expect(group.heartbeat("nobody") == .unknownMemberID)
    guard situation != .empty else { return }
    #expect(group.heartbeat(ids[1], generation: 99) == .illegalGeneration)
    #expect(group.heartbeat(ids[1], instance: "i") == .unknownMemberID)
  }

  static let syncs: [(Situation, ErrorCode?)] = [
    (.empty, .unknownMemberID), (.preparing, .rebalanceInProgress), (.completing, nil),
    (.stable, ErrorCode.none), (.dead, .coordinatorNotAvailable),
  ]

  @Test(arguments: syncs)
  func sync(_ situation: Situation, _ expected: ErrorCode?) {
    let (group, ids) = situation.make()
    #expect(group.synced(group.sync(ids[1]))?.errorCode == expected)
    guard situation != .dead, situation != .empty else { return }
    #expect(group.synced(group.sync("nobody"))?.errorCode == .unknownMemberID)
    #expect(group.synced(group.sync(ids[1], generation: 1))?.errorCode == .illegalGeneration)
    let type = group.sync(ids[1], type: "connect")
    #expect(group.synced(type)?.errorCode == .inconsistentGroupProtocol)
    let name = group.sync(ids[1], name: "sticky")
    #expect(group.synced(name)?.errorCode == .inconsistentGroupProtocol)
  }

  static let leaves: [(Situation, ErrorCode)] = [
    (.empty, .unknownMemberID), (.preparing, .none), (.completing, .none), (.stable, .none),
    (.dead, .coordinatorNotAvailable),
  ]

  @Test(arguments: leaves)
  func leave(_ situation: Situation, _ expected: ErrorCode) {
    let (group, ids) = situation.make()
    #expect(group.leave(ids[1]) == expected)
    if situation != .dead { #expect(group.leave("nobody") == .unknownMemberID) }
  }

  static let joins: [(Situation, ErrorCode)] = [
    (.empty, .unknownMemberID), (.preparing, .unknownMemberID), (.completing, .unknownMemberID),
    (.stable, .unknownMemberID), (.dead, .coordinatorNotAvailable),
  ]

  @Test(arguments: joins)
  func `join with an id that nobody gave out`(_ situation: Situation, _ expected: ErrorCode) {
    let (group, _) = situation.make()
    let before = group.machine.members.count
    #expect(group.joined(group.join("nobody"))?.errorCode == expected)
    #expect(group.machine.members.count == before)
  }

  static let commits: [(Situation, ErrorCode)] = [
    (.empty, .unknownMemberID), (.preparing, .none), (.completing, .rebalanceInProgress),
    (.stable, .none), (.dead, .coordinatorNotAvailable),
  ]

  @Test(arguments: commits)
  func `commit of a member`(_ situation: Situation, _ expected: ErrorCode) {
    let (group, ids) = situation.make()
    let token = group.commit(5, ids[1], generation: group.machine.generationID)
    #expect(group.committed(token) == [expected])
    #expect((group.offset() == 5) == (expected == .none))
  }

  static let deletions: [(Situation, ErrorCode)] = [
    (.empty, .none), (.preparing, .nonEmptyGroup), (.completing, .nonEmptyGroup),
    (.stable, .nonEmptyGroup), (.dead, .groupIDNotFound),
  ]

  @Test(arguments: deletions)
  func delete(_ situation: Situation, _ expected: ErrorCode) {
    let (group, _) = situation.make()
    #expect(group.deleted(group.send { .delete($0) }) == expected)
    #expect((group.machine.state == .dead) == (situation == .empty || situation == .dead))
  }

  @Test func `a group without a name is refused`() {
    let group = TestGroup()
    group.machine = GroupMachine(
      groupID: "", config: group.machine.config, random: group.machine.random)
    #expect(group.joined(group.join())?.errorCode == .invalidGroupID)
    #expect(group.synced(group.sync("m"))?.errorCode == .invalidGroupID)
    #expect(group.heartbeat("m") == .invalidGroupID)
    #expect(group.leave("m") == .invalidGroupID)
    #expect(group.committed(group.commit(5)) == [.none], "old clients commit so")
  }
}
