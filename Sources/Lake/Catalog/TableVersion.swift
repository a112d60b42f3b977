import Records

/// One loaded metadata version of a table.
struct TableVersion: Sendable {
  let version: Int64
  let metadata: TableMetadata
  let state: SettledState
  let epoch: Int64
  /// The commit that made it; nil when somebody else's software did.
  let commitID: String?
  /// When loading it began (monotonic): at that moment no later version was known to exist.
  var loadedAt: Int64

  init(version: Int64, metadata: TableMetadata, file: String, loadedAt: Int64) throws(LakeError) {
    self.version = version
    self.metadata = metadata
    self.loadedAt = loadedAt
    let properties = metadata.properties
    state =
      try properties[TableProperty.settled].map { (json) throws(LakeError) in
        try SettledState(json: json, file: file)
      } ?? SettledState()
    epoch = properties[TableProperty.epoch].flatMap { Int64($0) } ?? 0
    commitID = properties[TableProperty.commitID]
  }

  /// The snapshot that holds all that is settled; nil before the first.
  var settledSnapshot: Int64? {
    metadata.properties[TableProperty.settledSnapshot].flatMap { Int64($0) }
  }

  /// Whether somebody set the table back to before the settled snapshot.
  var isRolledBack: Bool {
    settledSnapshot.map { !metadata.isAncestorOfCurrent($0) } ?? false
  }

  /// Whether this version or a snapshot in it was made by the commit.
  func contains(_ commit: String) -> Bool {
    commitID == commit || snapshot(of: commit) != nil
  }

  /// The snapshot that the commit made.
  func snapshot(of commit: String) -> Snapshot? {
    metadata.snapshots.last { $0.summary[TableProperty.commitID] == commit }
  }

  /// What the commit machine decides by.
  func view(for commit: CommitID) -> CommitMachine.View {
    CommitMachine.View(
      version: version, containsOwnCommit: contains(commit.description), epoch: epoch,
      settled: state.partitions.mapValues(\.settled), isRolledBack: isRolledBack)
  }
}
