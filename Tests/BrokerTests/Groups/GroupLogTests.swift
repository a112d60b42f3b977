import Cluster
import CommitLog
import Coordinators
import KafkaProtocol
import Platform
import Records
import Testing

@testable import Broker

/// What groups write to their log is what a restart reads from it.
final class GroupLogTests {
  private let storage: CoordinatorLog
  private let pool = BlockingPool(name: "test", threads: 1, queueLimit: 10)

  init() throws { storage = try CoordinatorLog(topic: OffsetsTopic.name) }

  deinit { pool.stop() }

  private var partition: Partition { storage.partition }

  private func makeAppends() -> GroupShardDriver.Appends {
    GroupShardDriver.Appends(
      partition, clock: ManualClock(), log: storage.log,
      tooLarge: .invalidCommitOffsetSize)
  }

  /// Records of one commit and their owner, as a group gives them.
  private func commit(
    _ group: String, _ offset: Int64, metadata: String = ""
  ) throws -> ([GroupRecord], GroupShardDriver.Owner) {
    var machine = GroupMachine(
      groupID: group, config: GroupConfig(), random: SeededRandom(seed: 1))
    let commit = OffsetCommit(partitions: [
      .init(topic: "t", partition: PartitionID(0), offset: Offset(offset), metadata: metadata)
    ])
    let time = EventTime(monotonicMilliseconds: 0, wallMilliseconds: 5)
    let actions = machine.handle(.commit(commit, ReplyToken(0)), at: time)
    guard case .persist(let ticket, let records)? = actions.first else {
      throw UsageError("nothing to persist")
    }
    return (records, GroupShardDriver.Owner(group: group, ticket: ticket))
  }

  private func load() throws(StorageError) -> GroupShard {
    try GroupShardLoader(partition.log, storage.log).load(
      GroupShard(config: GroupConfig(), random: SeededRandom(seed: 1)))
  }

  @Test func `writes of one iteration are one batch, and a restart reads them all`() throws {
    var appends = makeAppends()
    for number in 0..<100 {
      let (records, owner) = try commit("g\(number % 10)", Int64(number))
      #expect(appends.add(records, owner) == (number == 0))
    }
    let written = appends.write()
    #expect(written.end == Offset(100) && written.refused.isEmpty)
    let (records, owner) = try commit("later", 7)
    _ = appends.add(records, owner)
    #expect(appends.write().end == Offset(101))

    #expect(appends.take(upTo: Offset(99)).isEmpty)
    #expect(appends.take(upTo: Offset(100)).count == 100)
    #expect(appends.take(upTo: Offset(101)).map(\.group) == ["later"])

    let shard = try load()
    #expect(shard.groups.count == 11)
    #expect(shard.offsets(of: "g3")["t", PartitionID(0)]?.offset == Offset(93))
    #expect(shard.offsets(of: "later")["t", PartitionID(0)]?.offset == Offset(7))
  }

  @Test func `a record that cannot be written spoils no other`() throws {
    var appends = makeAppends()
    let name = String(repeating: "x", count: 40_000)
    let (bad, badOwner) = try commit(name, 1)
    _ = appends.add(bad, badOwner)
    let (good, goodOwner) = try commit("g", 2)
    _ = appends.add(good, goodOwner)
    let written = appends.write()
    #expect(written.refused.map(\.1) == [.invalidCommitOffsetSize])
    #expect(appends.take(upTo: Offset(1)).map(\.group) == ["g"])
    #expect(try load().offsets(of: "g")["t", PartitionID(0)]?.offset == Offset(2))
  }

  @Test func `offsets of a transaction count after its marker, and after a restart`() throws {
    var appends = makeAppends()
    for (number, id) in [Int64(7), 8, 9].enumerated() {
      let (records, owner) = try commit("g\(number)", Int64(number))
      let producer = GroupShardDriver.Appends.Producer(
        identity: ProducerIdentity(id: id, epoch: 0),
        verification: partition.log.verificationGuard())
      _ = appends.add(records, in: producer, owner)
    }
    let (records, owner) = try commit("outside", 5)
    _ = appends.add(records, owner)
    let written = appends.write()
    #expect(written.refused.isEmpty && written.end == Offset(4))
    #expect(partition.log.lastStableOffset == Offset(0))
    for (id, outcome) in [(Int64(7), TransactionMarker.Outcome.commit), (8, .abort)] {
      let marker = TransactionMarker(
        producerID: id, producerEpoch: 0, outcome: outcome, coordinatorEpoch: 0)
      _ = try partition.endTransaction(marker, now: 5)
    }
    let shard = try load()
    let key = OffsetKey(topic: "t", partition: PartitionID(0))
    #expect(shard.offsets(of: "g0")["t", PartitionID(0)]?.offset == Offset(0))
    #expect(shard.groups["g1"] == nil)
    #expect(shard.offsets(of: "g2")["t", PartitionID(0)] == nil)
    #expect(shard.offsets(of: "g2").pending.contains(key))
    #expect(shard.offsets(of: "outside")["t", PartitionID(0)]?.offset == Offset(5))
  }

  @Test func `offsets that come after their transaction's end are refused, and no others`() throws {
    var appends = makeAppends()
    let verification = partition.log.verificationGuard()
    let marker = TransactionMarker(
      producerID: 7, producerEpoch: 1, outcome: .abort, coordinatorEpoch: 0)
    _ = try partition.endTransaction(marker, now: 5)
    for epoch: Int16 in [0, 1] {
      let (late, lateOwner) = try commit("late", 1)
      let producer = GroupShardDriver.Appends.Producer(
        identity: ProducerIdentity(id: 7, epoch: epoch), verification: verification)
      _ = appends.add(late, in: producer, lateOwner)
    }
    let (records, owner) = try commit("outside", 5)
    _ = appends.add(records, owner)
    let written = appends.write()
    #expect(written.refused.map(\.1) == [.invalidProducerEpoch, .invalidTxnState])
    let accepted = appends.take(upTo: written.end ?? Offset(0))
    #expect(accepted.map(\.group) == ["outside"])
    #expect(try load().groups.keys.sorted() == ["outside"])
  }

  @Test func `a shard whose log is damaged is not loaded`() throws {
    var appends = makeAppends()
    let (records, owner) = try commit("g", 2)
    _ = appends.add(records, owner)
    _ = appends.write()
    let file = "\(storage.path)/\(OffsetsTopic.name)-0/00000000000000000000.log"
    var bytes = try storage.files.readAll(file)
    bytes[bytes.count - 1] ^= 1
    try overwrite(file, bytes)
    #expect(throws: StorageError.self) { try load() }
  }

  /// In place, as a failing disk would.
  private func overwrite(_ path: String, _ bytes: [UInt8]) throws {
    let file = try storage.files.open(path, .readWrite)
    try bytes.withUnsafeBytes { try file.write([$0], at: 0) }
  }
}
