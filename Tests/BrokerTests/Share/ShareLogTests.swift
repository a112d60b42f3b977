import CommitLog
import Coordinators
import KafkaProtocol
import Platform
import Records
import Testing

@testable import Broker

/// What share-partitions write to their log is what a restart reads from it.
final class ShareLogTests {
  private let storage: CoordinatorLog
  private let time = EventTime(monotonicMilliseconds: 1, wallMilliseconds: 2)

  init() throws { storage = try CoordinatorLog(topic: ShareStateTopic.name) }

  private var partition: Partition { storage.partition }
  private var log: Logger { storage.log }

  private func key(_ group: String) -> SharePartitionKey {
    SharePartitionKey(
      group: group, topicID: TopicID(high: 3, low: 4), partition: PartitionID(0))
  }

  @Test func `a restart finds every share-partition, and where its last snapshot lies`() throws {
    var shard = SharePartitionShard(config: ShareConfig())
    var appends = ShardAppends<ShareRecord, String>(
      partition, clock: ManualClock(), log: log, tooLarge: .invalidRequest)
    func perform(_ event: SharePartitionEvent, _ group: String) {
      for action in shard.handle(event, of: key(group), at: time) {
        guard case .persist(let ticket, let record) = action else { continue }
        _ = appends.add([record], group)
        _ = appends.write()
        _ = shard.handle(.persisted(ticket), of: key(group), at: time)
      }
    }
    for group in ["a", "b", "c"] { perform(.begin(Offset(10)), group) }
    let wanted = ShareAcquisition(
      member: "m", maximumRecords: 100, batchSize: 100, isStrict: false, lockMilliseconds: 1000)
    let reading = ShareReading(
      from: Offset(10), batches: [Offset(10)...Offset(19)], end: Offset(20))
    #expect(shard.acquire(wanted, of: reading, from: key("a"), at: 1).count == 1)
    let accepted = [Acknowledgement(first: Offset(10), last: Offset(14), type: .accept)]
    perform(
      .acknowledge(accepted, member: "m", lockMilliseconds: 1, ReplyToken(1)), "a")
    perform(.delete(ReplyToken(2)), "b")
    perform(.renewSnapshot, "c")
    let loaded = try ShareShardLoader(partition.log, log).load(
      SharePartitionShard(config: ShareConfig()))
    #expect(Set(loaded.shard.machines.keys.map(\.group)) == ["a", "c"])
    #expect(loaded.shard.machines[key("a")]?.startOffset == Offset(15))
    #expect(loaded.shard.machines[key("c")]?.startOffset == Offset(10))
    #expect(loaded.snapshots == [key("a"): Offset(0), key("c"): Offset(5)])
  }
}
