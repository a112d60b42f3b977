import CommitLog
import Lake
import ObjectStore
import Platform
import Records
import Simulation
import Testing

@testable import Tiering

/// Writers that race on one table, over a store that loses answers, denies one's own success and
/// lets writes land late.
struct SettleRaceTests {
  /// One broker's world: its own disk and its own way to the store they share.
  private struct Writer {
    let fixture: TieredFixture
    let faults: FaultingStore
    let disk: SimulatedFileSystem

    init(
      _ shared: MemoryStore, partition: Int32, seed: UInt64, rates: FaultChances.Rates
    ) throws {
      disk = SimulatedFileSystem()
      faults = FaultingStore(
        shared, FaultChances(rates, random: SeededRandom(seed: seed)))
      let clock = ManualClock()
      let retrying = RetryingStore(
        faults, clock: clock, sleeper: ManualSleeper(clock: clock), random: SeededRandom(seed: seed)
      )
      fixture = try TieredFixture(
        store: retrying, fileSystem: disk, sleeper: ManualSleeper(clock: clock),
        partition: partition)
    }

    /// Settles until all is settled, whatever the store does.
    func settle() async {
      for _ in 0..<200 {
        do { try await fixture.settler.round() } catch {}
        if fixture.topic.view.settled(fixture.partition) == fixture.log.endOffset { return }
      }
    }
  }

  private var rates: FaultChances.Rates {
    var rates = FaultChances.Rates()
    rates.throttles = 20
    rates.failsBefore = 30
    rates.losesAnswer = 60
    rates.deniesOwnSuccess = 60
    rates.landsLate = 40
    return rates
  }

  /// Runs all writers at once; then, with a calm store, lets each finish and checks the table.
  private func race(partitions: [Int32], seed: UInt64) async throws {
    let shared = MemoryStore()
    let writers = try partitions.enumerated().map {
      try Writer(shared, partition: $1, seed: seed &* 100 &+ UInt64($0), rates: rates)
    }
    for _ in 0..<3 {
      // Writers of one partition have the same log: what differs is who settles it.
      for writer in writers {
        try writer.fixture.produce(60)
        _ = try writer.fixture.log.sync()
      }
      await withTaskGroup(of: Void.self) { group in
        for writer in writers {
          nonisolated(unsafe) let writer = writer
          group.addTask { await writer.settle() }
        }
      }
    }
    for writer in writers { await writer.faults.landLateWrites() }
    for writer in writers {
      let calm = try TieredFixture(
        store: shared, fileSystem: Reopened.disk(writer.disk),
        partition: writer.fixture.partition.rawValue)
      try await calm.settleAll()
      try await calm.expectWhole("seed \(seed), partition \(calm.partition)")
      #expect(calm.log.endOffset == Offset(180))
    }
  }

  @Test(arguments: 1...6)
  func `eight writers of one table settle each range once`(seed: Int) async throws {
    try await race(partitions: Array(0..<8), seed: UInt64(seed))
  }

  @Test(arguments: 1...12)
  func `two writers of one partition settle each range once`(seed: Int) async throws {
    try await race(partitions: [0, 0], seed: UInt64(1000 + seed))
  }
}

/// A disk as the next process finds it.
private enum Reopened {
  static func disk(_ disk: SimulatedFileSystem) -> SimulatedFileSystem {
    disk.restart(SeededRandom(seed: 1))
    return disk
  }
}
