import ObjectStore
import Platform
import Records

/// An Iceberg table of one topic: loading, committing, and knowing which file holds which offsets.
///
/// Version N of the table is the object `metadata/v<N>.metadata.json`; its conditional create *is*
/// the commit. Any number of writers may race, in this process or in others. Reads answer from the
/// version loaded last; `refresh` loads the latest.
package actor LakeTable {
  let store: TableStore
  /// As given, but with the snapshots' age that the table's own properties say.
  package nonisolated let options: TableOptions
  /// The latest version known here.
  var current: TableVersion
  /// The manifests of the current version's snapshot, and what their files hold.
  var manifests: [ManifestFile] = []
  var index = ColdIndex()
  /// Keys that nothing names any more, but which could not be removed yet.
  var garbage: [String] = []
  /// Data files that a reader holds now: they are removed later.
  private let isHeld: @Sendable (String) -> Bool

  /// Whether a commit is under way; those that wait for it, in order.
  private var isCommitting = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  /// The most keys kept in `garbage`; beyond it the oldest are left to stay in the store.
  static let garbageLimit = 100_000

  private init(
    _ store: TableStore, _ options: TableOptions, _ current: TableVersion,
    isHeld: @escaping @Sendable (String) -> Bool
  ) {
    self.store = store
    self.options = options.adjusted(by: current.metadata.properties)
    self.current = current
    self.isHeld = isHeld
  }

  /// Opens the topic's table; nil when there is none.
  ///
  /// Refuses (`mismatch`) the table of another cluster or topic, unless `isRestoring`. `isHeld`
  /// tells of a data file's location whether a fetch still reads it.
  package static func open(
    _ identity: TableIdentity, in environment: LakeEnvironment,
    options: TableOptions = TableOptions(), isRestoring: Bool = false,
    isHeld: @escaping @Sendable (String) -> Bool = { _ in false }
  ) async throws(LakeError) -> LakeTable? {
    let store = TableStore(
      environment: environment, identity: identity, place: TablePlace(identity),
      isRestoring: isRestoring)
    guard let head = try await store.head() else { return nil }
    let table = LakeTable(store, options, head, isHeld: isHeld)
    try await table.adopt(head)
    await table.sweepOldVersions()
    return table
  }

  /// Opens the topic's table, or makes it: with the columns of the layout `raw`, partitioned as
  /// `layout` says. Claims the table's name first.
  package static func openOrCreate(
    _ identity: TableIdentity, layout: LakeLayout, in environment: LakeEnvironment,
    options: TableOptions = TableOptions(),
    isHeld: @escaping @Sendable (String) -> Bool = { _ in false }
  ) async throws(LakeError) -> LakeTable {
    if let table = try await open(identity, in: environment, options: options, isHeld: isHeld) {
      return table
    }
    let store = TableStore(
      environment: environment, identity: identity, place: TablePlace(identity),
      isRestoring: false)
    try await TableNameClaim(store: store).claim()
    let (high, low) = environment.random.uuid()
    var properties = identity.properties
    properties[TableProperty.garbageCollection] = "false"
    properties[TableProperty.layout] = layout.name
    properties[TableProperty.snapshotAge] = String(layout.snapshotExpiryMilliseconds)
    properties[TableProperty.epoch] = "0"
    properties[TableProperty.settled] = try SettledState().json()
    let metadata = TableMetadata(
      tableUUID: CommitID.uuidText(high, low), location: store.location,
      nowMilliseconds: environment.clock.wallMilliseconds(), schema: .raw,
      spec: try layout.partitionSpec(of: .raw), sortOrder: .byOffset, properties: properties)
    try await createFirst(ByteBlock(try metadata.json()), store)
    guard let table = try await open(identity, in: environment, options: options, isHeld: isHeld)
    else { throw .corrupt(file: store.location, reason: "it vanished after it was created") }
    return table
  }

  /// Creates version 1, or finds that somebody has: both are fine, for both hold the same.
  private static func createFirst(_ json: ByteBlock, _ store: TableStore)
    async throws(LakeError)
  {
    let key = store.place.versionKey(1)
    for attempt in 0..<10 {
      do throws(ObjectStoreError) {
        try await store.store.put(key, json, condition: .ifAbsent)
        return try await store.writeFirstHint()
      } catch {
        switch CreateAnswer(error) {
        case .exists: return
        case .refused, .cancelled: throw .store(error)
        case .unclear where attempt == 9: throw .store(error)
        case .unclear: break
        }
      }
      await store.pause(boundMilliseconds: 100 << Int64(attempt))
    }
  }

  /// The table's location.
  package nonisolated var location: String { store.location }

  package nonisolated var identity: TableIdentity { store.identity }

  /// The version loaded last.
  package var version: Int64 { current.version }

  /// The metadata of the version loaded last.
  package var metadata: TableMetadata { current.metadata }

  /// What is settled, as of the version loaded last.
  package var state: SettledState { current.state }

  /// The highest epoch that has written, as of the version loaded last.
  package var epoch: Int64 { current.epoch }

  /// Loads the latest version and answers what is settled in it.
  ///
  /// Before anything local is deleted, what it relies on must stand in an answer of this. Throws
  /// `rolledBack` when somebody set the table back: nothing may settle then.
  @discardableResult
  package func refresh() async throws(LakeError) -> SettledState {
    let head = try await latest()
    try await adopt(head)
    if head.isRolledBack { throw rolledBack(head) }
    return head.state
  }

  /// The files that may hold records of the partition, by first offset, as of the version loaded
  /// last. In time-partitioned layouts their ranges overlap.
  package func dataFiles(of partition: PartitionID) -> [ColdFile] { index.files(of: partition) }

  /// Files, rows and bytes of the current snapshot, by its summary.
  package var totals: SnapshotSummary.Count {
    var count = SnapshotSummary.Count()
    let summary = current.metadata.currentSnapshot?.summary ?? [:]
    count.files = summary["total-data-files"].flatMap { Int64($0) } ?? 0
    count.records = summary["total-records"].flatMap { Int64($0) } ?? 0
    count.byteCount = summary["total-files-size"].flatMap { Int64($0) } ?? 0
    return count
  }

  /// A new commit id.
  package nonisolated func newCommitID() -> CommitID { CommitID(store.environment.random) }

  /// The key of the commit's data file number `number`, unique by partition and number.
  package nonisolated func newDataFileKey(
    _ partition: PartitionID, _ commit: CommitID, _ number: Int
  ) -> String { store.place.dataKey(partition, commit, number) }

  /// The key of the batch that the commit puts aside.
  package nonisolated func quarantineKey(
    _ partition: PartitionID, _ commit: CommitID
  ) -> String { store.place.quarantineKey(partition, commit) }

  /// The latest version: from the one known here while that is young, from the hint otherwise.
  func latest() async throws(LakeError) -> TableVersion {
    let now = store.environment.clock.monotonicNanoseconds()
    // Later numbers cannot have been deleted within half of the time that versions stay.
    if now - current.loadedAt < options.versionAgeMilliseconds / 2 * 1_000_000 {
      if try await !store.exists(store.place.versionKey(current.version + 1)) {
        current.loadedAt = now
        return current
      }
      if let head = try await store.head(from: current.version + 1) { return head }
    }
    guard let head = try await store.head() else {
      throw .corrupt(file: store.location, reason: "the table is gone")
    }
    return head
  }

  /// Takes `version` for the current one, unless a later one is known, and brings the index there.
  func adopt(_ version: TableVersion, _ prepared: PreparedCommit? = nil) async throws(LakeError) {
    var list = prepared?.manifests ?? []
    if prepared == nil, let snapshot = version.metadata.currentSnapshot {
      list = try await store.manifests(of: snapshot)
    }
    var learnt = prepared?.newEntries ?? [:]
    while true {
      // Another call may have come further while this one was reading.
      guard version.version >= current.version else { return }
      let unknown = index.unknown(list).filter { learnt[$0.path] == nil }
      if unknown.isEmpty { break }
      let read = try await store.entries(of: unknown, concurrentReads: options.concurrentReads)
      for (manifest, entries) in zip(unknown, read) { learnt[manifest.path] = entries }
    }
    for (path, entries) in learnt { index.learn(path, entries) }
    current = version
    manifests = list
    index.follow(version.metadata.currentSnapshotID, list)
  }

  /// Removes what nothing names any more; what cannot be removed now is tried again later.
  func collect(_ keys: [String]) async {
    garbage += keys
    garbage.removeFirst(max(0, garbage.count - Self.garbageLimit))
    guard !garbage.isEmpty else { return }
    let due = garbage
    garbage = []
    let hint = (try? await store.hint()) ?? 0
    var left: [String] = []
    var others: [String] = []
    for key in due {
      guard let version = store.place.version(ofKey: key) else {
        if isHeld(store.store.location(of: key)) { left.append(key) } else { others.append(key) }
        continue
      }
      // The version that the hint names is where every search begins.
      guard version < hint else {
        left.append(key)
        continue
      }
      left += await store.remove([key])
    }
    garbage = left + (await store.remove(others)) + garbage
  }

  /// Waits for the turn to commit: commits of one process would only refuse each other.
  func takeTurn() async {
    if isCommitting {
      await withCheckedContinuation { waiting.append($0) }
    } else {
      isCommitting = true
    }
  }

  func endTurn() {
    if waiting.isEmpty { isCommitting = false } else { waiting.removeFirst().resume() }
  }

  func rolledBack(_ version: TableVersion) -> LakeError {
    .rolledBack(
      table: location, settledSnapshot: version.settledSnapshot ?? 0,
      currentSnapshot: version.metadata.currentSnapshotID)
  }
}
