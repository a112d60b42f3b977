import KafkaProtocol
import Records
import Testing

@testable import Coordinators

struct GroupAdminTests {
  private func delete(_ group: TestGroup) -> ErrorCode? {
    group.deleted(group.send { .delete($0) })
  }

  private func deleteOffsets(_ group: TestGroup, _ topics: [String]) -> (ErrorCode, [ErrorCode])? {
    let keys = topics.map { OffsetKey(topic: $0, partition: PartitionID(0)) }
    return group.offsetsDeleted(group.send { .deleteOffsets(keys, $0) })
  }

  @Test func `only a group without members is deleted, and nothing of it comes back`() {
    let group = TestGroup()
    #expect(delete(group) == .groupIDNotFound)
    let ids = group.makeStable(1)
    _ = group.commit(5, ids[0], generation: 1)
    #expect(delete(group) == .nonEmptyGroup)
    _ = group.leave(ids[0])
    #expect(delete(group) == ErrorCode.none)
    #expect(group.machine.state == .dead && delete(group) == .groupIDNotFound)
    let restarted = group.restarted()
    #expect(restarted.machine.isDisposable && restarted.offset() == nil)
    #expect(restarted.log.suffix(2).map(\.isTombstone) == [true, true])
  }

  @Test func `a commit on its way goes with the group`() {
    let group = TestGroup()
    group.syncsAtOnce = false
    let commit = group.commit(5)
    let token = group.send { .delete($0) }
    #expect(group.deleted(token) == nil, "it waits for the disk")
    group.sync()
    #expect(group.committed(commit) == [.none] && group.deleted(token) == ErrorCode.none)
    #expect(group.machine.state == .dead && group.restarted().machine.isDisposable)
  }

  @Test func `a deletion that cannot be stored deletes nothing`() {
    let group = TestGroup()
    _ = group.commit(5)
    group.syncsAtOnce = false
    let whole = group.send { .delete($0) }
    let keys = [OffsetKey(topic: "t", partition: PartitionID(0))]
    let some = group.send { .deleteOffsets(keys, $0) }
    group.fail(.notCoordinator)
    #expect(group.deleted(whole) == .notCoordinator)
    #expect(group.offsetsDeleted(some)?.0 == .notCoordinator && group.offset() == 5)
  }

  @Test func `offsets of topics that a member reads stay`() throws {
    let group = TestGroup()
    #expect(deleteOffsets(group, ["a"])?.0 == .groupIDNotFound)
    let words = try ConsumerProtocolSubscription { $0.topics = ["a"] }.embedded(version: 1)
    let token = group.join(metadata: words)
    group.advance(0)
    let id = try #require(group.joined(token)).memberID
    group.complete([id])
    for topic in ["a", "b"] { _ = group.commit(5, id, generation: 1, topic: topic) }
    let answer = try #require(deleteOffsets(group, ["a", "b", "c"]))
    #expect(answer == (.none, [.groupSubscribedToTopic, .none, .none]))
    #expect(group.offset("a") == 5 && group.offset("b") == nil)
    #expect(group.restarted().offset("b") == nil)
    _ = group.leave(id)
    #expect(try #require(deleteOffsets(group, ["a"])) == (.none, [.none]))
    #expect(group.offset("a") == nil)
  }

  @Test func `other kinds of groups keep their offsets while they have members`() {
    let group = TestGroup()
    _ = group.join(type: "connect")
    group.advance(0)
    #expect(deleteOffsets(group, ["a"])?.0 == .nonEmptyGroup)
  }

  @Test func `a subscription that cannot be read keeps all topics`() {
    let group = TestGroup()
    let ids = group.makeStable(1)
    _ = group.commit(5, ids[0], generation: 1)
    #expect(deleteOffsets(group, ["t"])?.1 == [.groupSubscribedToTopic])
  }

  @Test func `a group tells what its members said only while it is stable`() throws {
    let group = TestGroup()
    let ids = group.makeStable(2)
    let stable = try #require(group.machine.description)
    #expect(stable.groupState == "Stable" && stable.protocolData == "range")
    #expect(stable.members.map(\.memberID) == ids && stable.members[1].memberAssignment == [1])
    #expect(stable.members.map(\.memberMetadata) == [[1], [1]])
    #expect(stable.members.map(\.clientID) == ["c", "c"])
    _ = group.join(ids[0])
    let rebalancing = try #require(group.machine.description)
    #expect(rebalancing.groupState == "PreparingRebalance" && rebalancing.protocolData == "")
    #expect(rebalancing.members.map(\.memberMetadata) == [[], []])
    #expect(rebalancing.members.map(\.memberAssignment) == [[], []])
    #expect(group.machine.listing.groupType == "classic")
    #expect(group.machine.listing.protocolType == "consumer")
  }
}

extension GroupRecord {
  fileprivate var isTombstone: Bool {
    switch self {
    case .offset(_, _, _, let value): value == nil
    case .metadata(_, let value): value == nil
    case .consumer(_, let record): record.isTombstone
    case .share(_, let record): record.isTombstone
    }
  }
}
