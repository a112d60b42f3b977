import Lake
import ObjectStore
import Platform
import Records

/// A topic's table as it stands in the store, read beside the broker.
struct LakeReading: Sendable {
  var table: LakeReport.Table
  /// What is settled, by partition.
  var settled: [PartitionID: Int64]
  /// Files, records and bytes of each partition asked for.
  var holdings: [PartitionID: (files: Int64, records: Int64, bytes: Int64)]

  /// Opens the table and reads its current version; nil when there is none. Writes nothing to it.
  ///
  /// - Throws: `CommandError.lake` in words for the operator.
  static func read(
    _ identity: TableIdentity, at url: ObjectStoreURL, _ settings: S3Settings,
    partitions: [PartitionID]
  ) throws(CommandError) -> LakeReading? {
    let files = PosixFileSystem()
    switch url.place {
    case .memory: throw .lake("\(url) is the broker's own memory: nobody else can read it")
    case .directory(let path):
      // Opening would make the directory, and hide that this is the wrong machine.
      guard files.exists(path) else {
        throw .lake("\(path) is not on this machine: run this where the broker runs")
      }
    case .s3: break
    }
    let pool = BlockingPool(name: "store", threads: 2, queueLimit: 1_000)
    defer { pool.stop() }
    let opener = ObjectStoreOpener(
      files: files, pool: pool, clock: SystemClock(), sleeper: SystemSleeper(),
      random: SystemRandom(), environment: environmentVariables())
    return try blockingWait { () -> Result<LakeReading?, CommandError> in
      do {
        return .success(try await read(identity, url, settings, opener, partitions))
      } catch let error as UsageError {
        return .failure(.lake("\(error)"))
      } catch let LakeError.store(error) where error.kind == .denied {
        return .failure(
          .lake(
            "\(error) (credentials come from AWS_ACCESS_KEY_ID and the like, from AWS's shared "
              + "files, or from --config server.properties)"))
      } catch {
        return .failure(.lake("\(error)"))
      }
    }.get()
  }

  private static func read(
    _ identity: TableIdentity, _ url: ObjectStoreURL, _ settings: S3Settings,
    _ opener: ObjectStoreOpener, _ partitions: [PartitionID]
  ) async throws -> LakeReading? {
    // Somebody waits at a terminal: fewer and shorter retries than a broker's.
    var policy = RetryPolicy()
    policy.maximumAttempts = 3
    policy.capMilliseconds = 1_000
    let opened = try await opener.open(url, s3: settings, retry: policy)
    defer { opened.close() }
    let environment = LakeEnvironment(
      store: opened.store, clock: SystemClock(), sleeper: SystemSleeper(), random: SystemRandom(),
      logger: Logger(part: "lake", minimum: .warn))
    guard let table = try await LakeTable.open(identity, in: environment) else { return nil }
    return try await LakeReading(table, partitions)
  }

  private init(_ table: LakeTable, _ partitions: [PartitionID]) async throws {
    let metadata = await table.metadata
    let totals = await table.totals
    let settledSnapshot = metadata.properties[TableProperty.settledSnapshot].flatMap { Int64($0) }
    self.table = LakeReport.Table(
      location: table.location, version: await table.version,
      layout: metadata.properties[TableProperty.layout] ?? "unknown",
      snapshotID: metadata.currentSnapshotID, snapshots: metadata.snapshots.count,
      lastCommitMilliseconds: metadata.lastUpdatedMilliseconds, files: totals.files,
      records: totals.records, bytes: totals.byteCount,
      isRolledBack: settledSnapshot.map { !metadata.isAncestorOfCurrent($0) } ?? false)
    settled = await table.state.partitions.mapValues(\.settled.rawValue)
    holdings = [:]
    for partition in partitions {
      let files = await table.dataFiles(of: partition)
      holdings[partition] = (
        Int64(files.count), files.reduce(0) { $0 + $1.recordCount },
        files.reduce(0) { $0 + $1.byteCount }
      )
    }
  }
}
