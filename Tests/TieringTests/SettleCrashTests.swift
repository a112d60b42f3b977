import CommitLog
import Lake
import ObjectStore
import Platform
import Records
import Simulation
import Testing

@testable import Tiering

/// Crash enumeration of settling and retention: one plan counts the effects on the disk and on the
/// store; the scenario runs again with the power failing before and after each of them.
struct SettleCrashTests {
  /// The world that outlives a process.
  private struct World {
    let disk = SimulatedFileSystem()
    let store = MemoryStore()
    let ledger = TransactionLedger()
  }

  /// What is produced before each time that it settles.
  enum Story: CaseIterable, Sendable {
    case records
    case transactions

    func produce(_ chapter: Int, _ fixture: TieredFixture) throws {
      switch (self, chapter) {
      case (.records, _): try fixture.produce([100, 40, 30][chapter])
      case (.transactions, 0):
        try fixture.produce(30)
        try fixture.produce(20, in: 1)
        try fixture.produce(20, in: 2)
        try fixture.produce(10)
        try fixture.end(2, .abort)
        try fixture.produce(15)
      case (.transactions, 1):
        try fixture.produce(10, in: 3)
        try fixture.produce(15, in: 1)
        try fixture.end(1, .abort)
        try fixture.produce(5)
        try fixture.end(3, .commit)
        try fixture.produce(30, in: 4)
        try fixture.end(4, .abort)
      case (.transactions, _):
        try fixture.produce(30)
        try fixture.produce(10, in: 5)
        try fixture.produce(5)
      }
    }
  }

  private static var retaining: TieringSettings {
    var settings = TieredFixture.eager
    settings.retentionBytes = 1
    settings.lakeRetentionMilliseconds = 0
    return settings
  }

  /// Settles twice, then lets retention take all but the last file. Answers the numbers of the
  /// effects that were caused by settling, not by producing.
  private func scenario(
    _ story: Story, _ fixture: TieredFixture, _ plan: CrashPlan
  ) async throws -> [Int] {
    var effects: [Int] = []
    for chapter in 0..<3 {
      try story.produce(chapter, fixture)
      _ = try fixture.log.sync()
      let first = plan.effects.count
      if chapter == 2 { fixture.topic.configure(Self.retaining) }
      try await fixture.settler.round()
      try await fixture.settler.round()
      effects += Array(first..<plan.effects.count)
    }
    return effects
  }

  private func start(_ world: World, _ plan: CrashPlan) throws -> (TieredFixture, FaultingStore) {
    let store = FaultingStore(world.store, crash: plan)
    let fixture = try TieredFixture(
      store: store, fileSystem: CrashingFileSystem(base: world.disk, plan: plan),
      ledger: world.ledger)
    return (fixture, store)
  }

  private func checkRecovery(
    _ world: World, _ late: FaultingStore, seed: Int, _ comment: Comment
  ) async throws {
    await late.landLateWrites()
    world.disk.restart(SeededRandom(seed: UInt64(seed)))
    let fixture = try TieredFixture(
      store: world.store, fileSystem: world.disk, settings: TieredFixture.eager, epoch: 1,
      ledger: world.ledger)
    // The coordinator ends what it finds open.
    for producer in world.ledger.open.keys.sorted() { try fixture.end(producer, .abort) }
    try await fixture.settleAll()
    try await fixture.expectWhole(comment)
    try await fixture.expectNoOrphans(in: world.store, comment)
    // It goes on as if nothing had happened; looked at for some, for the time it takes.
    guard seed.isMultiple(of: 4) else { return }
    try fixture.produce(20)
    try await fixture.settleAll()
    fixture.topic.configure(Self.retaining)
    for _ in 0..<3 { try await fixture.settler.round() }
    #expect(fixture.log.localStartOffset == fixture.log.endOffset, comment)
    let left = fixture.committed(from: fixture.log.logStartOffset.rawValue).map(\.offset)
    let end = fixture.log.endOffset.rawValue
    #expect(left == Array(end - 20..<end), comment)
    try await fixture.expectWhole(comment)
    try await fixture.expectNoOrphans(in: world.store, comment)
  }

  /// In two halves, which run side by side. Of the transactions' effects, which are of the same
  /// kinds, every third is enough for the time that it takes.
  @Test(
    arguments: [(.records, 0, 2), (.records, 1, 2), (.transactions, 0, 3)] as [(Story, Int, Int)])
  func `after a crash before or after any effect each record is there exactly once`(
    story: Story, first: Int, stride: Int
  ) async throws {
    let calm = CrashPlan()
    let world = World()
    let (fixture, late) = try start(world, calm)
    let effects = try await scenario(story, fixture, calm)
    try await checkRecovery(world, late, seed: 0, "without a crash")
    let names = calm.effects
    for word in ["put", "intents", "fdatasync", "rename", "log-start-offset-checkpoint"] {
      #expect(effects.contains { names[$0].contains(word) }, "no effect is a \(word)")
    }
    for index in effects where index % stride == first {
      for moment in CrashPlan.Moment.allCases {
        // After an effect on the disk the world is as before the next effect.
        if moment == .after, !names[index].hasPrefix("put"), index != effects.last { continue }
        let plan = CrashPlan(crashAt: index, moment)
        let world = World()
        let (fixture, late) = try start(world, plan)
        let comment: Comment = "crash \(moment) effect \(index): \(names[index])"
        do {
          _ = try await scenario(story, fixture, plan)
        } catch {}
        #expect(plan.hasCrashed, comment)
        // Nothing that came back from the dead may count.
        #expect(fixture.log.syncedOffset <= fixture.log.endOffset)
        try await checkRecovery(world, late, seed: index, comment)
      }
    }
  }
}
