import KafkaProtocol
import Records
import Testing

@testable import Coordinators

struct GroupMigrationTests {
  /// A stable classic group of members that read four partitions, and their ids.
  private func makeClassic(
    _ count: Int = 2, owns: Bool = true, _ change: (inout GroupConfig) -> Void = { _ in }
  ) throws -> (TestGroup, [String]) {
    let group = TestGroup(topics: ["t": 4], change)
    let tokens = try (0..<count).map { _ in group.join(metadata: try words()) }
    group.advance(0)
    let ids = tokens.map { group.joined($0)?.memberID ?? "" }
    var assignments: [String: [UInt8]] = [:]
    for (index, id) in ids.enumerated() {
      let share = (0..<4).filter { $0 % count == index }.map { PartitionID(Int32($0)) }
      assignments[id] = try ConsumerProtocolAssignment { assignment in
        assignment.assignedPartitions = [
          ConsumerProtocolAssignment.Topic {
            $0.topic = "t"
            $0.partitions = share
          }
        ]
      }.embedded(version: 1)
      if index > 0 { _ = group.sync(id) }
    }
    _ = group.sync(ids[0], assignments: assignments)
    return (group, ids)
  }

  private func words(_ owned: [Int32] = []) throws -> [UInt8] {
    try ConsumerProtocolSubscription { subscription in
      subscription.topics = ["t"]
      subscription.ownedPartitions = [
        ConsumerProtocolSubscription.Topic {
          $0.topic = "t"
          $0.partitions = owned.map { PartitionID($0) }
        }
      ]
    }.embedded(version: 1)
  }

  /// What a SyncGroup's answer assigns of topic t.
  private func synced(_ group: TestGroup, _ id: String) throws -> [Int32]? {
    let epoch = group.consumers.members[id]?.epoch
    let answer = try #require(group.synced(group.sync(id, generation: epoch)))
    guard answer.errorCode == .none else { return nil }
    let read = try ConsumerProtocolAssignment(embedded: answer.assignment)
    return read.assignedPartitions.flatMap { $0.partitions.map(\.rawValue) }.sorted()
  }

  @Test func `a classic group becomes one of the consumer protocol, and nobody loses a partition`()
    throws
  {
    let (group, ids) = try makeClassic()
    let generation = group.machine.generationID
    let answer = try #require(group.enter("new"))
    #expect(answer.errorCode == .none && answer.memberEpoch == generation + 1)
    #expect(answer.assignment?.topicPartitions == [], "the others have everything")
    #expect(group.machine.listing.groupType == "consumer" && group.machine.description == nil)
    #expect(group.machine.members.isEmpty && group.consumers.members.count == 3)
    #expect(group.numbers(ids[0]) == [0, 2] && group.numbers(ids[1]) == [1, 3])

    // A heartbeat sends the old ones to join again; an eager one has given all up by then.
    for id in ids {
      #expect(group.heartbeat(id, generation: generation) == .rebalanceInProgress)
      let joined = try #require(group.joined(group.join(id, metadata: try words())))
      #expect(joined.errorCode == .none && joined.leader == "" && joined.members.isEmpty)
      #expect(joined.protocolName == "range" && joined.generationID == generation + 1)
      #expect(try #require(try synced(group, id)).isEmpty == false)
      #expect(group.heartbeat(id, generation: generation + 1) == ErrorCode.none)
    }
    group.settle("new")
    let all = (ids + ["new"]).flatMap { group.numbers($0) }
    #expect(all.sorted() == [0, 1, 2, 3] && group.consumers.state == "Stable")
  }

  @Test func `a cooperative classic member gives up in its own time`() throws {
    let (group, ids) = try makeClassic(1)
    _ = group.enter("new")
    let owned = try words([0, 1, 2, 3])
    let first = try #require(group.joined(group.join(ids[0], metadata: owned)))
    #expect(first.generationID == 1, "it has not given up yet")
    let kept = try #require(try synced(group, ids[0]))
    #expect(kept.count == 2)
    #expect(group.heartbeat(ids[0], generation: 1) == .rebalanceInProgress)
    let second = try #require(group.joined(group.join(ids[0], metadata: try words(kept))))
    #expect(second.generationID == 2)
    #expect(try synced(group, ids[0]) == kept)
    group.settle("new")
    #expect((kept + group.numbers("new")).sorted() == [0, 1, 2, 3])
  }

  @Test func `who waits in a rebalance is told to join again`() throws {
    let (group, ids) = try makeClassic()
    let waits = group.join(ids[0], metadata: try words())
    #expect(group.joined(waits) == nil)
    _ = group.enter("new")
    #expect(group.joined(waits)?.errorCode == .rebalanceInProgress)
  }

  @Test func `when the last consumer member leaves, the others are a classic group again`() throws {
    let (group, ids) = try makeClassic()
    _ = group.enter("new")
    for id in ids { _ = group.join(id, metadata: try words()) }
    for id in ids { _ = group.sync(id, generation: group.consumers.members[id]?.epoch) }
    let epoch = group.consumers.epoch
    let left = try #require(group.beaten(group.beat("new", epoch: -1)))
    #expect(left.errorCode == .none && left.memberEpoch == -1)
    #expect(group.machine.consumer == nil && group.machine.state == .preparingRebalance)
    #expect(group.machine.members.keys.sorted() == ids.sorted())
    #expect(group.machine.generationID == epoch + 1)
    let tokens = try ids.map { group.join($0, metadata: try words()) }
    #expect(tokens.allSatisfy { group.joined($0)?.errorCode == ErrorCode.none })
    #expect(group.machine.state == .completingRebalance)

    let restarted = group.restarted()
    #expect(restarted.machine.consumer == nil)
    #expect(restarted.machine.members.keys.sorted() == ids.sorted())
  }

  @Test func `members can go on to the consumer protocol one by one, by their instances`() throws {
    let group = TestGroup(topics: ["t": 4])
    let token = group.join(instance: "i", metadata: try words())
    group.advance(0)
    let id = try #require(group.joined(token)).memberID
    _ = group.sync(id, instance: "i")
    let answer = try #require(group.enter("new", instance: "i"))
    #expect(answer.errorCode == .none && group.consumers.members.keys.sorted() == ["new"])
    #expect(group.heartbeat(id, generation: 1, instance: "i") == .fencedInstanceID)
    // And back: the classic incarnation takes the place, the group is classic again.
    let back = group.join(instance: "i", metadata: try words(), version: 9)
    #expect(group.joined(back)?.errorCode == .rebalanceInProgress)
    #expect(group.machine.consumer == nil && group.machine.members.count == 1)
    let again = group.join(instance: "i", metadata: try words(), version: 9)
    #expect(group.joined(again)?.errorCode == ErrorCode.none)
  }

  @Test(arguments: GroupMigrationPolicy.allCases)
  func `the policy says what may change`(_ policy: GroupMigrationPolicy) throws {
    let (group, ids) = try makeClassic(1) { $0.migrationPolicy = policy }
    let answer = group.enter("new")
    let upgrades = policy == .upgrade || policy == .bidirectional
    #expect(answer?.errorCode == (upgrades ? ErrorCode.none : .groupIDNotFound))
    #expect((group.machine.consumer != nil) == upgrades)
    guard upgrades else {
      #expect(group.heartbeat(ids[0]) == ErrorCode.none)
      return
    }
    _ = group.beat("new", epoch: -1)
    #expect((group.machine.consumer == nil) == (policy == .bidirectional))
  }

  @Test func `a group of another kind stays what it is`() {
    let group = TestGroup(topics: ["t": 4])
    _ = group.join(type: "connect")
    group.advance(0)
    #expect(group.enter("new")?.errorCode == .groupIDNotFound)
    let odd = TestGroup(topics: ["t": 4])
    _ = odd.makeStable(1)
    #expect(odd.enter("new")?.errorCode == .groupIDNotFound, "its subscriptions cannot be read")
    #expect(odd.machine.state == .stable)
  }

  @Test func `an empty group becomes what its next member is, and keeps its offsets`() throws {
    let (group, ids) = try makeClassic(1)
    _ = group.commit(7, ids[0], generation: 1)
    _ = group.leave(ids[0])
    #expect(group.enter("new")?.memberEpoch == 1)
    #expect(group.offset() == 7 && group.restarted().offset() == 7)
    #expect(group.restarted().consumers.members.count == 1)
    _ = group.beat("new", epoch: -1)
    let token = group.join(metadata: try words())
    group.advance(0)
    #expect(group.joined(token)?.errorCode == ErrorCode.none && group.machine.consumer == nil)
    #expect(group.offset() == 7 && group.restarted().machine.consumer == nil)
  }

  @Test func `a newcomer of the classic protocol joins a group of the consumer protocol`() throws {
    let group = TestGroup(topics: ["t": 4])
    _ = group.enter("new")
    let refused = try #require(group.joined(group.join(metadata: try words(), version: 4)))
    #expect(refused.errorCode == .memberIDRequired && group.consumers.members.count == 1)
    let id = refused.memberID
    let joined = group.join(id, metadata: try words(), version: 4)
    #expect(group.joined(joined)?.errorCode == ErrorCode.none)
    group.settle("new")
    _ = group.heartbeat(id, generation: group.consumers.epoch)
    #expect(group.joined(group.join(id, metadata: try words()))?.errorCode == ErrorCode.none)
    #expect(try #require(try synced(group, id)).count == 2)

    let type = group.join(metadata: try words(), type: "connect")
    #expect(group.joined(type)?.errorCode == .inconsistentGroupProtocol)
    let other = group.join(protocols: ["other"], metadata: try words())
    #expect(group.joined(other)?.errorCode == .inconsistentGroupProtocol)
    #expect(group.joined(group.join(metadata: [9]))?.errorCode == .inconsistentGroupProtocol)
    #expect(group.joined(group.join(session: 1))?.errorCode == .invalidSessionTimeout)
    #expect(group.heartbeat(id, generation: 99) == .illegalGeneration)
    #expect(group.heartbeat("nobody", generation: 1) == .unknownMemberID)
    #expect(group.heartbeat("new", generation: 1) == .unknownMemberID, "it speaks the other one")
    #expect(group.leave("nobody") == .unknownMemberID && group.leave(id) == ErrorCode.none)
    #expect(group.consumers.members.keys.sorted() == ["new"])
  }

  @Test func `classic members must follow in time`() throws {
    let group = TestGroup(topics: ["t": 4])
    _ = group.enter("new")
    let token = group.join(metadata: try words(), session: 30_000, rebalance: 20_000)
    let id = try #require(group.joined(token)).memberID
    group.advance(19_999)
    #expect(group.consumers.members[id] != nil)
    group.advance(1)
    #expect(group.consumers.members[id] == nil, "it never asked for its assignment")
    #expect(group.consumers.members.count == 1)
  }
}
