import ObjectStore
import Platform
import Records
import Testing

@testable import Lake

/// A lake in memory, with a clock that stands still, and what tests want to know of its tables.
struct TableFixture: Sendable {
  let memory = MemoryStore()
  let clock = ManualClock()
  let random: SeededRandom
  var options = TableOptions()
  let identity = TableIdentity(
    clusterID: "cluster-1", topic: "Web.Clicks", topicID: TopicID(high: 1, low: 2))

  init(seed: UInt64 = 1) { random = SeededRandom(seed: seed) }

  /// An environment over `store`, or over the memory itself.
  func environment(_ store: (any ObjectStore)? = nil) -> LakeEnvironment {
    LakeEnvironment(
      store: store ?? memory, clock: clock, sleeper: ManualSleeper(), random: random,
      logger: Logger(part: "test", minimum: .error))
  }

  func table(
    _ store: (any ObjectStore)? = nil, layout: LakeLayout = .byPartition
  ) async throws(LakeError) -> LakeTable {
    try await .openOrCreate(
      identity, layout: layout, in: environment(store), options: options)
  }

  /// A request that settles `range` of each partition with one file each, whose objects are there.
  func request(
    _ table: LakeTable, _ ranges: [Int32: Range<Int64>], epoch: Int64 = 1,
    store: (any ObjectStore)? = nil, commitID: CommitID? = nil
  ) async throws -> CommitRequest {
    var request = CommitRequest(commitID: commitID ?? table.newCommitID(), epoch: epoch)
    for (partition, range) in ranges.sorted(by: { $0.key < $1.key }) {
      let id = PartitionID(partition)
      let key = table.newDataFileKey(id, request.commitID, 0)
      try await (store ?? memory).put(key, text: "\(range)")
      request.adding.append(file(key, partition, range))
      request.settled[id] = SettledRange(
        from: Offset(range.lowerBound), to: Offset(range.upperBound),
        leaderEpochs: [.init(0, 0)])
    }
    return request
  }

  func file(_ key: String, _ partition: Int32, _ range: Range<Int64>) -> DataFile {
    DataFile(
      path: memory.location(of: key), partition: [partition],
      statistics: RecordStatistics(
        recordCount: Int64(range.count), byteCount: 1_000, partitions: partition...partition,
        offsets: range.lowerBound...range.upperBound - 1, timestamps: 0...1,
        timestampTypes: 0...0, leaderEpochs: 0...0, nullKeyCount: 0, nullValueCount: 0,
        splitOffsets: [4]))
  }

  /// The live files of a snapshot, read from the store, not from a table's memory.
  func files(_ version: TableVersion, snapshot: Snapshot? = nil) async throws -> [DataFile] {
    guard let snapshot = snapshot ?? version.metadata.currentSnapshot else { return [] }
    var files: [DataFile] = []
    for manifest in try await store.manifests(of: snapshot) {
      files += try await store.entries(of: manifest).filter(\.isLive).map(\.file)
    }
    return files
  }

  var store: TableStore {
    TableStore(
      environment: environment(), identity: identity, place: TablePlace(identity),
      isRestoring: false)
  }

  func head() async throws -> TableVersion { try #require(try await store.head()) }

  /// Everything that must hold of a table whatever happened to its writers.
  @discardableResult
  func verify(sourceLocation: SourceLocation = #_sourceLocation) async throws -> TableVersion {
    let head = try await head()
    // Every version in the log is there, and no older one.
    let versions = memory.keys.compactMap { store.place.version(ofKey: $0) }.sorted()
    let logged = head.metadata.metadataLog.compactMap {
      memory.key(of: $0.metadataFile).flatMap { store.place.version(ofKey: $0) }
    }
    #expect(logged + [head.version] == versions, sourceLocation: sourceLocation)
    let times = head.metadata.snapshotLog.map(\.timestampMilliseconds)
    #expect(times == times.sorted() && Set(times).count == times.count)
    #expect(!head.isRolledBack, sourceLocation: sourceLocation)
    // A few at either end: all of them would make long tests quadratic.
    let snapshots = head.metadata.snapshots
    let keys = Set(memory.keys)
    for snapshot in snapshots.prefix(4) + snapshots.dropFirst(4).suffix(4) {
      let files = try await files(head, snapshot: snapshot)
      #expect(Set(files.map(\.path)).count == files.count, sourceLocation: sourceLocation)
      for file in files {
        let key = try #require(memory.key(of: file.path))
        #expect(
          keys.contains(key), "\(key) is gone", sourceLocation: sourceLocation)
      }
      let total = snapshot.summary["total-records"]
      #expect(
        total == String(files.reduce(0) { $0 + $1.recordCount }), sourceLocation: sourceLocation)
    }
    // The files of each partition are disjoint and reach from the first to the settled offset.
    let files = try await files(head)
    for (partition, state) in head.state.partitions {
      let ranges = files.filter { $0.kafkaPartitions?.contains(partition.rawValue) ?? false }
        .compactMap(\.offsets).sorted { $0.lowerBound < $1.lowerBound }
      for (a, b) in zip(ranges, ranges.dropFirst()) {
        #expect(a.upperBound + 1 == b.lowerBound, "\(partition)", sourceLocation: sourceLocation)
      }
      if let last = ranges.last {
        #expect(last.upperBound + 1 == state.settled.rawValue, sourceLocation: sourceLocation)
      }
    }
    return head
  }

  /// Keys in the table's place that nothing names.
  func orphans() async throws -> [String] {
    let head = try await head()
    var named: Set<String> = [store.place.hintKey, store.place.versionKey(head.version)]
    named.formUnion(head.metadata.metadataLog.compactMap { memory.key(of: $0.metadataFile) })
    for snapshot in head.metadata.snapshots {
      named.insert(try #require(memory.key(of: snapshot.manifestList)))
      for manifest in try await store.manifests(of: snapshot) {
        named.insert(try #require(memory.key(of: manifest.path)))
        for entry in try await store.entries(of: manifest) {
          named.insert(try #require(memory.key(of: entry.file.path)))
        }
      }
    }
    return memory.keys.filter { $0.hasPrefix(store.place.prefix + "/") && !named.contains($0) }
  }
}
