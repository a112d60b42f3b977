import KafkaProtocol
import Platform
import Records
import Testing

@testable import Coordinators

struct GroupOffsetsTests {
  private static let day: Int64 = 86_400_000

  @Test func `a commit is answered and visible when it is durable`() {
    let group = TestGroup()
    group.syncsAtOnce = false
    let first = group.commit(5, metadata: "größe: 5")
    let second = group.commit(6)
    #expect(group.committed(first) == nil && group.offset() == nil)
    group.sync(count: 1)
    #expect(group.committed(first) == [.none] && group.offset() == 5)
    #expect(group.machine.offsets["t", PartitionID(0)]?.metadata == "größe: 5")
    #expect(group.machine.offsets["t", PartitionID(0)]?.leaderEpoch == LeaderEpoch(3))
    group.sync()
    #expect(group.committed(second) == [.none] && group.offset() == 6)
  }

  @Test func `a commit that cannot be stored changes nothing`() {
    let group = TestGroup()
    _ = group.commit(5)
    group.syncsAtOnce = false
    let token = group.commit(6)
    group.fail(.notCoordinator)
    #expect(group.committed(token) == [.notCoordinator] && group.offset() == 5)
  }

  @Test func `too long metadata spoils its own partition only`() {
    let group = TestGroup { $0.maximumMetadataLength = 4 }
    let commit = OffsetCommit(partitions: [
      .init(topic: "t", partition: PartitionID(0), offset: Offset(1), metadata: "12345"),
      .init(topic: "t", partition: PartitionID(1), offset: Offset(2), metadata: "1234"),
    ])
    let token = group.send { .commit(commit, $0) }
    #expect(group.committed(token) == [.offsetMetadataTooLarge, .none])
    #expect(group.offset("t", 0) == nil && group.offset("t", 1) == 2)
  }

  @Test func `outsiders commit while the group is empty only`() {
    let group = TestGroup()
    #expect(group.committed(group.commit(5)) == [.none])
    let ids = group.makeStable(1)
    #expect(group.committed(group.commit(6)) == [.unknownMemberID])
    #expect(group.committed(group.commit(6, "x", generation: 1)) == [.unknownMemberID])
    #expect(group.committed(group.commit(6, ids[0], generation: 0)) == [.illegalGeneration])
    #expect(group.committed(group.commit(6, ids[0], generation: 1)) == [.none])
    _ = group.leave(ids[0])
    #expect(group.committed(group.commit(7)) == [.none])
  }

  @Test func `members commit during the joining, not between joining and assignment`() throws {
    let group = TestGroup()
    let ids = group.makeStable(2)
    let generation = group.machine.generationID
    _ = group.join(ids[0])
    #expect(group.committed(group.commit(6, ids[1], generation: generation)) == [.none])
    _ = group.join(ids[1])
    #expect(
      group.committed(group.commit(7, ids[1], generation: generation)) == [.illegalGeneration])
    #expect(
      group.committed(group.commit(7, ids[1], generation: generation + 1))
        == [.rebalanceInProgress])
  }

  @Test func `offsets of an empty group expire after it became empty`() {
    let group = TestGroup { $0.offsetsRetentionMilliseconds = 7 * Self.day }
    let ids = group.makeStable(1)
    _ = group.commit(5, ids[0], generation: 1)
    for _ in 0..<(10 * 24 * 60 * 10) {
      group.advance(6000)
      _ = group.heartbeat(ids[0])
    }
    group.send { _ in .expireOffsets }
    #expect(group.offset() == 5, "members are there")
    _ = group.leave(ids[0])
    group.advance(7 * Self.day - 1)
    group.send { _ in .expireOffsets }
    #expect(group.offset() == 5)
    group.advance(1)
    group.send { _ in .expireOffsets }
    #expect(group.offset() == nil && group.machine.state == .dead)
    #expect(group.restarted().machine.isDisposable)
  }

  @Test func `offsets of a group without members expire after their commit`() {
    let group = TestGroup { $0.offsetsRetentionMilliseconds = Self.day }
    _ = group.commit(5, topic: "a")
    _ = group.commit(5, topic: "c", retention: 3 * Self.day)
    group.advance(Self.day / 2)
    _ = group.commit(5, topic: "b")
    group.advance(Self.day / 2)
    group.send { _ in .expireOffsets }
    #expect(group.offset("a") == nil && group.offset("b") == 5 && group.offset("c") == 5)
    group.advance(Self.day)
    group.send { _ in .expireOffsets }
    #expect(group.offset("b") == nil && group.offset("c") == 5)
    group.advance(Self.day)
    group.send { _ in .expireOffsets }
    #expect(group.machine.state == .dead)
  }

  @Test func `in a stable group only topics that nobody reads expire`() throws {
    let group = TestGroup { $0.offsetsRetentionMilliseconds = Self.day }
    let words = try ConsumerProtocolSubscription { $0.topics = ["a"] }.embedded(version: 0)
    let token = group.join(metadata: words, session: 1_000_000)
    group.advance(0)
    let id = try #require(group.joined(token)).memberID
    group.complete([id])
    _ = group.commit(5, id, generation: 1, topic: "a")
    _ = group.commit(5, id, generation: 1, topic: "b")
    group.time.wallMilliseconds += Self.day
    group.send { _ in .expireOffsets }
    #expect(group.offset("a") == 5 && group.offset("b") == nil)
  }

  @Test func `a group that comes to life while it expires stays`() {
    let group = TestGroup { $0.offsetsRetentionMilliseconds = Self.day }
    _ = group.commit(5)
    group.advance(Self.day)
    group.syncsAtOnce = false
    group.send { _ in .expireOffsets }
    let commit = group.commit(6)
    group.sync()
    #expect(group.committed(commit) == [.none] && group.offset() == 6)
    #expect(group.restarted().offset() == 6)
  }

  @Test func `a deleted topic takes its offsets with it`() {
    let group = TestGroup()
    _ = group.commit(5, topic: "a")
    _ = group.commit(6, topic: "a", partition: 1)
    _ = group.commit(7, topic: "b")
    group.send { _ in .topicsDeleted(["a", "c"]) }
    #expect(group.offset("a") == nil && group.offset("b") == 7)
    #expect(group.restarted().machine.offsets == group.machine.offsets)
  }

  @Test func `after a restart members go on where they were`() {
    let group = TestGroup()
    let ids = group.makeStable(2)
    _ = group.commit(5, ids[1], generation: group.machine.generationID)
    let after = group.restarted()
    #expect(after.machine.state == .stable && after.offset() == 5)
    #expect(after.machine.leaderID == ids[0])
    #expect(after.heartbeat(ids[0]) == ErrorCode.none)
    #expect(after.synced(after.sync(ids[1]))?.assignment == [1])
    #expect(after.joined(after.join(ids[1]))?.generationID == group.machine.generationID)
    after.advance(9999)
    _ = after.heartbeat(ids[0])
    after.advance(1)
    #expect(after.machine.members.keys.sorted() == [ids[0]], "sessions begin with the restart")
  }
}
