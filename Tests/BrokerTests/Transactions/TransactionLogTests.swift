import CommitLog
import Coordinators
import KafkaProtocol
import Platform
import Records
import Testing

@testable import Broker

/// What transactional ids write to their log is what a restart reads from it.
final class TransactionLogTests {
  private let storage: CoordinatorLog

  init() throws { storage = try CoordinatorLog(topic: TransactionsTopic.name) }

  private var partition: Partition { storage.partition }
  private var log: Logger { storage.log }

  private func record(_ id: String, _ producerID: Int64) -> TransactionRecord {
    TransactionRecord(
      transactionalID: id,
      metadata: TransactionMetadata(
        producerID: producerID, producerEpoch: 0, timeoutMilliseconds: 1000,
        lastUpdateTimestamp: 5))
  }

  @Test func `a restart finds the last record of every id`() throws {
    var appends = ShardAppends<TransactionRecord, String>(
      partition, clock: ManualClock(), log: log, tooLarge: .invalidRequest)
    let areFirst = [appends.add([record("a", 1)], "a1"), appends.add([record("b", 2)], "b")]
    #expect(areFirst == [true, false])
    _ = appends.add([record(String(repeating: "x", count: 40_000), 3)], "too long")
    let first = appends.write()
    #expect(first.end == Offset(2))
    #expect(first.refused.map(\.0) == ["too long"])
    #expect(first.refused.map(\.1) == [.invalidRequest])
    _ = appends.add([record("a", 4)], "a2")
    _ = appends.add([TransactionRecord(transactionalID: "b", metadata: nil)], "gone")
    let second = appends.write()
    #expect(second.end == Offset(4))
    let ready = appends.takeWritten { $0 == "gone" }
    #expect(ready == ["gone"], "who need not wait")
    let (early, rest) = (appends.take(upTo: Offset(3)), appends.take(upTo: Offset(4)))
    #expect(early == ["a1", "b"] && rest == ["a2"])
    let shard = try TransactionShardLoader(partition.log, log).load(
      TransactionShard(config: TransactionConfig()))
    #expect(shard.all.map(\.id) == ["a"])
    #expect(shard.metadata(of: "a")?.producerID == 4)
  }
}
