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
  }

  private static var retaining: TieringSettings {
    var settings = TieredFixture.eager
    settings.retentionBytes = 1
    settings.lakeRetentionMilliseconds = 0
    return settings
  }

  /// Settles twice, then lets retention take all but the last file. Answers the numbers of the
  /// effects that were caused by settling, not by producing.
  private func scenario(_ fixture: TieredFixture, _ plan: CrashPlan) async throws -> [Int] {
    var effects: [Int] = []
    for count in [100, 40, 30] {
      try fixture.produce(count)
      _ = try fixture.log.sync()
      let first = plan.effects.count
      if count == 30 { fixture.topic.configure(Self.retaining) }
      try await fixture.settler.round()
      try await fixture.settler.round()
      effects += Array(first..<plan.effects.count)
    }
    return effects
  }

  private func start(_ world: World, _ plan: CrashPlan) throws -> (TieredFixture, FaultingStore) {
    let store = FaultingStore(world.store, crash: plan)
    let fixture = try TieredFixture(
      store: store, fileSystem: CrashingFileSystem(base: world.disk, plan: plan))
    return (fixture, store)
  }

  private func checkRecovery(
    _ world: World, _ late: FaultingStore, seed: Int, _ comment: Comment
  ) async throws {
    await late.landLateWrites()
    world.disk.restart(SeededRandom(seed: UInt64(seed)))
    let fixture = try TieredFixture(
      store: world.store, fileSystem: world.disk, settings: TieredFixture.eager, epoch: 1)
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
    #expect(fixture.log.logStartOffset.rawValue == fixture.log.endOffset.rawValue - 20, comment)
    try await fixture.expectWhole(comment)
    try await fixture.expectNoOrphans(in: world.store, comment)
  }

  /// In two halves, which run side by side.
  @Test(arguments: [0, 1])
  func `after a crash before or after any effect each record is there exactly once`(half: Int)
    async throws
  {
    let calm = CrashPlan()
    let world = World()
    let (fixture, late) = try start(world, calm)
    let effects = try await scenario(fixture, calm)
    try await checkRecovery(world, late, seed: 0, "without a crash")
    let names = calm.effects
    for word in ["put", "intents", "fdatasync", "rename", "log-start-offset-checkpoint"] {
      #expect(effects.contains { names[$0].contains(word) }, "no effect is a \(word)")
    }
    for index in effects where index % 2 == half {
      for moment in CrashPlan.Moment.allCases {
        // After an effect on the disk the world is as before the next effect.
        if moment == .after, !names[index].hasPrefix("put"), index != effects.last { continue }
        let plan = CrashPlan(crashAt: index, moment)
        let world = World()
        let (fixture, late) = try start(world, plan)
        let comment: Comment = "crash \(moment) effect \(index): \(names[index])"
        do {
          _ = try await scenario(fixture, plan)
        } catch {}
        #expect(plan.hasCrashed, comment)
        // Nothing that came back from the dead may count.
        #expect(fixture.log.syncedOffset <= fixture.log.endOffset)
        try await checkRecovery(world, late, seed: index, comment)
      }
    }
  }
}
