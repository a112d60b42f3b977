import Platform
import Records
import Simulation
import Testing

@testable import CommitLog

/// A disk whose power has failed in the middle of a procedure. What it looks like afterwards is a
/// matter of chance, so one run of the procedure serves many restarts.
struct CrashedDisk {
  private let down = SimulatedFileSystem()

  /// Runs `live`, in which the power fails at one effect.
  init(at effect: Int, _ live: (SimulatedFileSystem) throws -> Void) {
    down.failPower(at: effect)
    try? live(down)
  }

  /// A copy of the disk after its restart; with `again` the power has failed once more, at that
  /// effect of what `recover` does.
  func restarted(
    seed: UInt64, again: Int? = nil, recover: (SimulatedFileSystem) throws -> Void
  ) -> SimulatedFileSystem {
    let fileSystem = down.copy()
    let random = SeededRandom(seed: seed)
    fileSystem.restart(random)
    if let again {
      fileSystem.failPower(at: fileSystem.effectCount + again)
      try? recover(fileSystem)
      fileSystem.restart(random)
    }
    return fileSystem
  }
}

extension LogDirectory {
  /// Opens the directory of a simulated disk.
  static func simulated(
    _ fileSystem: SimulatedFileSystem, _ config: LogConfig
  ) throws -> LogDirectory {
    let environment = LogEnvironment(
      fileSystem: fileSystem, clock: ManualClock(), random: SeededRandom(seed: 1),
      logger: Logger(part: "test", minimum: .error), recoveryThreads: 0)
    return try LogDirectory.open("/data", nodeID: 1, environment: environment) { _ in config }
  }

  /// The log that a start has recovered; nil when it was not made yet, as may be unless
  /// `isCreated`.
  func recovered(_ name: TopicPartition, isCreated: Bool) -> PartitionLog? {
    let offline = offlinePartitions.values.map(\.description)
    #expect(offline.isEmpty)
    let found = log(of: name)
    let isGone = found == nil && isCreated
    #expect(!isGone, "a partition that was created is gone")
    return found
  }
}
