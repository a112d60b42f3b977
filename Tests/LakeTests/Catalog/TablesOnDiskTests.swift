import Foundation
import ObjectStore
import Platform
import Records
import Testing

@testable import Lake

/// Whole tables with Parquet files, one of each layout, in a directory: after appends, merges, a
/// removal, a replacement and expiry.
///
/// `Tests/Interop/test_tables.py` sets `VARVE_TABLES` and reads the same tables with fastavro,
/// PyIceberg and DuckDB; `expected.json` says what must be in them.
struct TablesOnDiskTests {
  private struct Row: Codable, Equatable {
    var partition: Int32
    var offset: Int64
    /// Milliseconds.
    var timestamp: Int64
    var value: String
  }

  /// A directory for the tables: the caller's, or one that goes away.
  private final class Place {
    let path: String
    private let isOurs: Bool

    init() throws {
      let given = ProcessInfo.processInfo.environment["VARVE_TABLES"]
      path = given ?? "/tmp/varve-tables-\(String(SystemRandom().next(), radix: 16))"
      isOurs = given == nil
      try PosixFileSystem().makeDirectory(path)
    }

    deinit { if isOurs { try? PosixFileSystem().removeTree(path) } }
  }

  /// Two days and an hour around the epoch, so that days and hours before it are negative.
  private static func timestamp(_ offset: Int64) -> Int64 { (offset - 20) * 3_500_000 - 1 }

  /// One table in the making.
  private struct Builder {
    let table: LakeTable
    let store: any ObjectStore
    let spec: PartitionSpec
    var rows: [Row] = []

    /// Settles a range: one file for each value of the partition spec.
    mutating func settle(_ partition: Int32, _ range: Range<Int64>) async throws {
      var request = CommitRequest(commitID: table.newCommitID(), epoch: 3)
      request.settled[PartitionID(partition)] = SettledRange(
        from: Offset(range.lowerBound), to: Offset(range.upperBound),
        leaderEpochs: [.init(2, range.lowerBound)])
      let new = range.map {
        Row(
          partition: partition, offset: $0, timestamp: TablesOnDiskTests.timestamp($0),
          value: "value \($0) of \(partition)")
      }
      request.adding = try await write(new, request.commitID)
      rows += new
      guard case .committed = try await table.commit(request) else {
        throw LakeError.invalid("not committed")
      }
    }

    func write(_ rows: [Row], _ commit: CommitID) async throws -> [DataFile] {
      let groups = try Dictionary(grouping: rows) {
        try spec.values(
          partition: $0.partition, timestampMicroseconds: $0.timestamp * 1_000)
      }
      var files: [DataFile] = []
      for (values, rows) in groups.sorted(by: { $0.value[0].offset < $1.value[0].offset }) {
        let partition = PartitionID(rows[0].partition)
        let key = table.newDataFileKey(partition, commit, files.count)
        let columns = RecordColumns(partition: partition)
        for row in rows {
          Array(row.value.utf8).withUnsafeBytes { value in
            let isTaken = columns.append(
              offset: Offset(row.offset), timestamp: row.timestamp, timestampType: 0,
              leaderEpoch: LeaderEpoch(2), key: row.offset % 3 == 0 ? nil : value, value: value)
            precondition(isTaken)
          }
          Array("h".utf8).withUnsafeBytes { columns.appendHeader(key: $0, value: nil) }
        }
        let writer = try ParquetWriter(file: key)
        let group = try writer.appendRowGroup([columns])
        let (tail, statistics) = try writer.finish()
        _ = try await store.put(key, [group.bytes, tail], condition: .none, checksum: nil)
        files.append(
          DataFile(
            path: store.location(of: key), partition: values, statistics: statistics))
      }
      return files
    }
  }

  private func environment(_ place: Place, _ clock: ManualClock, _ pool: BlockingPool) throws
    -> LakeEnvironment
  {
    let random = SystemRandom()
    return LakeEnvironment(
      store: try DirectoryStore(
        root: place.path + "/lake", files: PosixFileSystem(), random: random, pool: pool),
      clock: clock, sleeper: SystemSleeper(), random: random,
      logger: Logger(part: "test", minimum: .error))
  }

  @Test(arguments: LakeLayout.builtIn)
  func `a table of every layout holds its rows after every kind of commit`(
    layout: LakeLayout
  ) async throws {
    let place = try Place()
    let clock = ManualClock()
    let pool = BlockingPool(name: "tables", threads: 2, queueLimit: 64)
    let environment = try environment(place, clock, pool)
    var options = TableOptions()
    options.smallManifestCount = 4
    options.expiryBatchCount = 2
    let identity = TableIdentity(
      clusterID: "c", topic: layout.name, topicID: .random(environment.random))
    let table = try await LakeTable.openOrCreate(
      identity, layout: layout, in: environment, options: options)
    var builder = Builder(
      table: table, store: environment.store, spec: try layout.partitionSpec(of: .raw))
    for step in Int64(0)..<6 {
      for partition in Int32(0)..<3 where (step + Int64(partition)) % 2 == 0 {
        let start = await table.state[PartitionID(partition)]?.settled.rawValue ?? 0
        try await builder.settle(partition, start..<start + 9)
      }
      clock.advance(milliseconds: 40_000_000)
    }
    try await change(&builder)
    try await builder.settle(1, 27..<33)
    try await check(builder, place, layout)
    let leftover = Set(await table.garbage)
    #expect(leftover == [])
  }

  /// Removes the first file of partition 0, and replaces one of partition 2 by a copy.
  private func change(_ builder: inout Builder) async throws {
    let table = builder.table
    let removed = try #require(await table.dataFiles(of: PartitionID(0)).first)
    builder.rows.removeAll {
      $0.partition == 0 && removed.offsets.contains($0.offset)
        && (removed.timestamps?.contains($0.timestamp * 1_000) ?? false)
    }
    _ = try await table.removeFiles([removed.path], commitID: table.newCommitID(), epoch: 3)
    let old = try #require(await table.dataFiles(of: PartitionID(2)).first)
    var request = CommitRequest(commitID: table.newCommitID(), epoch: 3)
    request.removing = [old.path]
    request.adding = try await builder.write(
      builder.rows.filter {
        $0.partition == 2 && old.offsets.contains($0.offset)
          && (old.timestamps?.contains($0.timestamp * 1_000) ?? false)
      }, request.commitID)
    guard case .committed = try await table.commit(request) else {
      throw LakeError.invalid("not committed")
    }
  }

  private func check(_ builder: Builder, _ place: Place, _ layout: LakeLayout) async throws {
    let table = builder.table
    #expect(await table.totals.records == Int64(builder.rows.count))
    for partition in Int32(0)..<3 {
      var counts: [Int64: Int] = [:]
      for file in await table.dataFiles(of: PartitionID(partition)) {
        let key = try #require(builder.store.key(of: file.path))
        let head = try await builder.store.head(key)
        #expect(head.byteCount == file.byteCount)
        for row in builder.rows
        where row.partition == partition && file.offsets.contains(row.offset) {
          counts[row.offset, default: 0] += 1
        }
      }
      let expected = builder.rows.filter { $0.partition == partition }.map(\.offset)
      #expect(Set(counts.keys) == Set(expected))
      if layout == .byPartition { #expect(counts.values.allSatisfy { $0 == 1 }) }
    }
    let json = JSONEncoder()
    json.outputFormatting = [.sortedKeys]
    let file = "\(place.path)/\(layout.name).expected.json"
    try json.encode(builder.rows).write(to: URL(filePath: file))
  }
}
