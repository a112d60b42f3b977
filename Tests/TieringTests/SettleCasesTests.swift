import CommitLog
import Lake
import ObjectStore
import Platform
import Records
import Testing

@testable import Tiering

/// Topics that are not as simple as the rest: log starts that moved, partitions that are damaged or
/// new, topics that are deleted.
struct SettleCasesTests {
  @Test func `a log start above what has settled is settled up to unread`() async throws {
    let fixture = try TieredFixture()
    try fixture.produce(100)
    try await fixture.settleAll()
    try fixture.produce(100)
    _ = try fixture.log.sync()
    // DeleteRecords before the range has settled.
    try fixture.log.advanceLogStart(to: Offset(150))
    try await fixture.settleAll()
    let files = try #require(fixture.topic.view.snapshot?.files[fixture.partition])
    #expect(files.map(\.offsets.lowerBound) == [0, 150])
    #expect(fixture.topic.view.snapshot?.state[fixture.partition]?.logStart == Offset(150))
    #expect(try await fixture.consume(from: 150) == (150..<200).map { fixture.entry($0) })
    #expect(fixture.log.localStartOffset == Offset(200))
  }

  @Test func `records that are all below the log start settle without a file`() async throws {
    let fixture = try TieredFixture()
    try fixture.produce(100)
    _ = try fixture.log.sync()
    try await fixture.settleAll()
    try fixture.produce(50)
    _ = try fixture.log.sync()
    try fixture.log.advanceLogStart(to: Offset(150))
    try await fixture.settleAll()
    #expect(fixture.topic.view.snapshot?.files[fixture.partition]?.count == 1)
    try fixture.produce(10)
    try await fixture.settleAll()
    #expect(try await fixture.consume(from: 150) == (150..<160).map { fixture.entry($0) })
  }

  @Test func `a topic that did not settle for a while goes on where its log begins`() async throws {
    var settings = TieredFixture.eager
    let fixture = try TieredFixture(settings: settings)
    try fixture.produce(100)
    try await fixture.settleAll()
    settings.settles = false
    settings.retentionBytes = 3000
    fixture.topic.configure(settings)
    try fixture.produce(200)
    try await fixture.settler.round()
    let start = fixture.log.localStartOffset
    #expect(start > Offset(200))
    #expect(fixture.log.logStartOffset == start)
    settings.settles = true
    settings.retentionBytes = -1
    fixture.topic.configure(settings)
    try await fixture.settleAll()
    #expect(
      try await fixture.consume(from: start.rawValue)
        == (start.rawValue..<300).map { fixture.entry($0) })
    #expect(fixture.log.localStartOffset == Offset(300))
  }

  @Test func `a partition that lost its log does not stop the others`() async throws {
    let fixture = try TieredFixture()
    let damaged = try fixture.directory.create(
      [TopicPartition(topic: "flights", partition: PartitionID(1))],
      topicID: fixture.topic.topicID, config: TieredFixture.logConfig)[0]
    try fixture.produce(100)
    try fixture.produce(100, on: damaged)
    _ = try damaged.sync()
    try damaged.roll(now: fixture.clock.wallMilliseconds())
    // Somebody removed files: what was not settled is gone.
    try damaged.deleteSegments(below: Offset(100))
    try fixture.produce(20, on: damaged)
    fixture.topic.add([TieredPartition(id: PartitionID(1), log: damaged)])
    await #expect(throws: TieringError.self) { try await fixture.settler.round() }
    try await fixture.settleAll()
    #expect(fixture.metrics.stuckPartitions.current == 1)
    #expect(fixture.topic.view.settled(PartitionID(1)) == nil)
    try await fixture.expectWhole("beside a damaged partition")
    // It is tried again after a while, and stays alone with its trouble.
    try fixture.produce(20)
    fixture.clock.advance(milliseconds: 61_000)
    await #expect(throws: TieringError.self) { try await fixture.settler.round() }
    try await fixture.settleAll()
    try await fixture.expectWhole("after another try")
  }

  @Test func `a partition that is added later settles too`() async throws {
    let fixture = try TieredFixture()
    try fixture.produce(50)
    try await fixture.settleAll()
    let added = try fixture.directory.create(
      [TopicPartition(topic: "flights", partition: PartitionID(1))],
      topicID: fixture.topic.topicID, config: TieredFixture.logConfig)[0]
    fixture.topic.add([TieredPartition(id: PartitionID(1), log: added)])
    try await fixture.settler.round()
    try fixture.produce(30, on: added)
    try await fixture.settler.round()
    #expect(fixture.topic.view.settled(PartitionID(1)) == Offset(30))
    #expect(fixture.topic.view.snapshot?.files[PartitionID(1)]?.map(\.recordCount) == [30])
    try await fixture.expectWhole("beside a new partition")
  }

  @Test func `leader epochs are noted where they begin, and come back with the records`()
    async throws
  {
    let fixture = try TieredFixture()
    for epoch in [0, 3, 5] as [Int32] {
      try fixture.produce(40, epoch: epoch)
      try await fixture.settleAll()
    }
    let state = try #require(fixture.topic.view.snapshot?.state[fixture.partition])
    #expect(state.leaderEpochs.map(\.epoch.rawValue) == [0, 3, 5])
    #expect(state.leaderEpochs.map(\.start.rawValue) == [0, 40, 80])
    for (offset, epoch) in [(0, 0), (39, 0), (40, 3), (79, 3), (80, 5)] as [(Int64, Int32)] {
      let block = try await fixture.readCold(Offset(offset), 1)
      #expect(BatchHeader(block.bytes)?.partitionLeaderEpoch == LeaderEpoch(epoch))
    }
  }

  @Test func `the times of a log-append topic stay the append times`() async throws {
    let fixture = try TieredFixture()
    fixture.timestamp = { 1_700_000_000_000 + $0 / 7 * 1000 }
    try fixture.produce(70, type: .logAppend)
    let hot = try await fixture.consume()
    try await fixture.settleAll()
    #expect(fixture.log.localStartOffset == Offset(70))
    #expect(try await fixture.consume() == hot)
    let block = try await fixture.readCold(Offset(8), 1)
    #expect(BatchHeader(block.bytes)?.timestampType == .logAppend)
  }

  @Test(arguments: [true, false])
  func `a deleted topic takes its table along only if it is told to`(drops: Bool) async throws {
    let store = MemoryStore()
    let fixture = try TieredFixture(store: store)
    try fixture.produce(100)
    try await fixture.settleAll()
    let keys = store.keys
    // A commit that failed half-way has left an intent and a file.
    let key = "kafka/flights-\(fixture.topic.topicID)/data/orphan.parquet"
    try await store.put(key, text: "half", condition: .none)
    try IntentJournal(fileSystem: fixture.fileSystem, directory: "\(fixture.root)/intents").write(
      SettleIntent(
        commitID: CommitID(SystemRandom()).description, topicID: "\(fixture.topic.topicID)",
        dataFileKeys: [key]))
    fixture.topic.remove(droppingTable: drops)
    await fixture.settler.run()
    #expect(store.keys == (drops ? [] : keys))
    #expect(fixture.intents.isEmpty)
  }

  @Test func `a damaged intent is set aside, and half a one is removed`() async throws {
    let fixture = try TieredFixture()
    let topic = fixture.topic.topicID
    let directory = "\(fixture.root)/intents"
    try fixture.fileSystem.makeDirectory(directory)
    for name in ["\(topic).a.json", "\(topic).b.json.tmp", "other.c.json", "other.d.json.tmp"] {
      try fixture.fileSystem.replace("\(directory)/\(name)", with: Array("{".utf8))
    }
    try fixture.produce(20)
    try await fixture.settler.round()
    #expect(fixture.topic.view.settled(fixture.partition) == Offset(20))
    #expect(
      fixture.intents.sorted() == ["\(topic).a.json.damaged", "other.c.json", "other.d.json.tmp"])
  }

  @Test(arguments: [Int64(0), 6, 7, 23])
  func `what comes before a batch whose offsets the disk has spoilt settles, and it does not`(
    position: Int64
  ) async throws {
    let fixture = try TieredFixture()
    try fixture.produce(21)
    _ = try fixture.log.sync()
    let start = Int64(fixture.log.byteCount)
    try fixture.produce(14)
    _ = try fixture.log.sync()
    try fixture.spoil(at: start + position)
    try await fixture.settler.round()
    #expect(fixture.topic.view.settled(fixture.partition) == Offset(21))
    #expect(fixture.metrics.stuckPartitions.current == 0)
    await #expect(throws: TieringError.self) { try await fixture.settler.round() }
    #expect(fixture.topic.view.settled(fixture.partition) == Offset(21))
    #expect(fixture.metrics.stuckPartitions.current == 1)
    #expect(fixture.log.localStartOffset == Offset(0))
    #expect(
      fixture.topic.view.snapshot?.files[fixture.partition]?.map(\.recordCount) == [21])
  }

  @Test func `a damaged length does not settle what comes behind it as a gap`() async throws {
    let fixture = try TieredFixture()
    try fixture.produce(21)
    let start = Int64(fixture.log.byteCount)
    try fixture.produce(14)
    _ = try fixture.log.sync()
    try fixture.spoil(at: start + 9)
    for _ in 0..<3 { try? await fixture.settler.round() }
    #expect(fixture.topic.view.settled(fixture.partition) ?? Offset(0) <= Offset(21))
    #expect(fixture.log.localStartOffset == Offset(0))
  }

  /// In the checksum, and in the records.
  @Test(arguments: [Int64(17), 300])
  func `a batch that the disk has spoilt is put aside as it is, and settling goes on behind it`(
    position: Int64
  ) async throws {
    let fixture = try TieredFixture()
    try fixture.produce(21)
    let start = Int64(fixture.log.byteCount)
    try fixture.produce(14)
    _ = try fixture.log.sync()
    try fixture.spoil(at: start + position)
    let spoilt = try #require(try slice(fixture.log, at: Offset(21)))
    try await fixture.settler.round()
    #expect(fixture.topic.view.settled(fixture.partition) == Offset(21))
    try await fixture.settleAll()
    #expect(fixture.topic.view.settled(fixture.partition) == Offset(35))
    #expect(fixture.metrics.quarantinedBatches.current == 1)
    #expect(fixture.metrics.stuckPartitions.current == 0)
    #expect(
      fixture.topic.view.snapshot?.files[fixture.partition]?.map(\.recordCount) == [21, 7])
    #expect(fixture.log.localStartOffset == Offset(35) && fixture.intents.isEmpty)
    // The consumer gets what the local log had, and goes on behind it.
    #expect(try await fixture.readCold(Offset(21), 20_000).array == spoilt)
    #expect(try await fixture.readCold(Offset(24), 20_000).array == spoilt)
    #expect(try await fixture.consume(from: 28) == (28..<35).map { fixture.entry($0) })
    let before = try await fixture.readCold(Offset(14), 20_000)
    let header = try #require(BatchHeader(before.bytes))
    #expect(header.nextOffset <= Offset(21))
  }

  private func slice(_ log: PartitionLog, at offset: Offset) throws -> [UInt8]? {
    guard case .slice(let slice) = try log.read(from: offset, maxBytes: 1) else { return nil }
    return try slice.read().array
  }
}
