import ObjectStore
import Platform

/// What a table needs of the world.
package struct LakeEnvironment: Sendable {
  /// Retries what may be retried; never a conditional put.
  package let store: any ObjectStore
  package let clock: any Clock
  package let sleeper: any Sleeper
  package let random: any RandomSource
  package let logger: Logger

  package init(
    store: any ObjectStore, clock: any Clock, sleeper: any Sleeper, random: any RandomSource,
    logger: Logger
  ) {
    self.store = store
    self.clock = clock
    self.sleeper = sleeper
    self.random = random
    self.logger = logger
  }
}

/// How a table is kept; the defaults are the lake's.
package struct TableOptions: Equatable, Sendable {
  /// How long a snapshot stays readable after another one took its place.
  package var snapshotAgeMilliseconds: Int64 = 86_400_000
  /// Snapshots expire in batches, so that not every commit reads old manifest lists.
  package var expiryBatchCount = 16
  /// Metadata versions stay at least so long after they were superseded …
  package var versionAgeMilliseconds: Int64 = 3_600_000
  /// … and the last so many stay in any case.
  package var versionCount = 100
  /// How many old versions one commit removes at most.
  package var versionRemovalCount = 32
  /// More small manifests than this are merged …
  package var smallManifestCount = 100
  /// … towards this size; a manifest of at least half of it is not small.
  package var manifestByteCount: Int64 = 8 << 20
  /// How long a commit whose outcome is unknown is tried again before it is left to `reconcile`.
  package var patienceMilliseconds: Int64 = 60_000
  /// How many manifests are read at a time.
  package var concurrentReads = 8

  package init() {}

  /// These options, with what the table itself says.
  func adjusted(by properties: [String: String]) -> TableOptions {
    var options = self
    if let age = properties[TableProperty.snapshotAge].flatMap({ Int64($0) }), age > 0 {
      options.snapshotAgeMilliseconds = age
    }
    return options
  }
}
