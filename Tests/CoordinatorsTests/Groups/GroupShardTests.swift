import KafkaProtocol
import Platform
import Records
import Testing

@testable import Coordinators

struct GroupShardTests {
  private let time = EventTime(monotonicMilliseconds: 0, wallMilliseconds: 1_700_000_000_000)

  private func makeShard() -> GroupShard {
    GroupShard(config: GroupConfig(), random: SeededRandom(seed: 1))
  }

  private func offset(_ group: String, _ topic: String, _ value: Int64?) -> GroupRecord {
    .offset(
      group: group, topic: topic, partition: PartitionID(0),
      value.map { CommittedOffset(offset: Offset($0), commitTimestamp: 1_700_000_000_000) })
  }

  @Test func `replay keeps the last word on each offset, and no group that is gone`() {
    var shard = makeShard()
    for record in [
      offset("a", "t", 1), offset("b", "t", 2), offset("a", "t", 3), offset("b", "t", nil),
      offset("c", "u", 4), .metadata(group: "d", GroupMetadataValue { $0.generation = 3 }),
      .metadata(group: "e", GroupMetadataValue { $0.generation = 3 }), .metadata(group: "e", nil),
    ] {
      shard.replay(record)
    }
    #expect(shard.finishReplay(at: time).map(\.group) == ["a", "c", "d"])
    #expect(shard.offsets(of: "a")["t", PartitionID(0)]?.offset == Offset(3))
    #expect(shard.offsets(of: "b").isEmpty)
    #expect(shard.topicsWithOffsets == ["t", "u"])
  }

  @Test func `requests to groups that do not exist leave nothing behind`() {
    var shard = makeShard()
    let token = ReplyToken(1)
    let commit = OffsetCommit(
      generationID: 3, memberID: "m",
      partitions: [.init(topic: "t", partition: PartitionID(0), offset: Offset(1))])
    #expect(
      shard.handle(.commit(commit, token), group: "g", at: time)
        == [.reply(token, .commit([.illegalGeneration]))])
    #expect(
      shard.handle(.heartbeat(HeartbeatRequest(), token), group: "g", at: time)
        == [.reply(token, .heartbeat(.unknownMemberID))])
    #expect(shard.groups.isEmpty)
  }

  @Test func `deleted topics and expiry reach every group`() {
    var shard = makeShard()
    for record in [offset("a", "t", 1), offset("b", "u", 2)] { shard.replay(record) }
    _ = shard.finishReplay(at: time)
    let removed = shard.handleAll(.topicsDeleted(["t"]), at: time)
    #expect(removed.map(\.group) == ["a"])
    #expect(removed[0].1 == [.persist(PersistTicket(0), [offset("a", "t", nil)])])
    _ = shard.handle(.persisted(PersistTicket(0)), group: "a", at: time)
    #expect(shard.groups.keys.sorted() == ["b"])
    var later = time
    later.wallMilliseconds += 8 * 86_400_000
    let expired = shard.handleAll(.expireOffsets, at: later)
    #expect(
      expired[0].1
        == [
          .persist(PersistTicket(0), [offset("b", "u", nil), .metadata(group: "b", nil)])
        ])
    _ = shard.handle(.persisted(PersistTicket(0)), group: "b", at: later)
    #expect(shard.groups.isEmpty)
  }
}
