import Platform

/// What a commit keeps from attempt to attempt: its snapshot id and the objects it has written.
struct CommitDraft: Sendable {
  let request: CommitRequest
  let snapshotID: Int64
  /// The manifest of the added files: written once, named by every attempt.
  var addedManifest: AddedManifest?
  /// Keys of all manifests and lists written so far.
  var written: [String] = []

  struct AddedManifest: Sendable {
    let key: String
    let location: String
    let byteCount: Int64
    let entries: [ManifestEntry]
  }

  /// `taken`: the ids of the snapshots that exist.
  init(_ request: CommitRequest, taken: Set<Int64>, random: any RandomSource) {
    self.request = request
    var id: Int64 = 0
    // Positive and of 63 bits: 0 and negative ids have a meaning for some readers.
    while id == 0 || taken.contains(id) { id = Int64(random.next() >> 1) }
    snapshotID = id
  }
}

/// An attempt whose manifests and list are written, and whose metadata is ready to be created.
struct PreparedCommit: Sendable {
  let version: Int64
  let metadata: TableMetadata
  let json: [UInt8]
  /// Nil when only properties change.
  let snapshotID: Int64?
  /// The manifests of the snapshot that is current then.
  let manifests: [ManifestFile]
  /// The entries of the manifests among them that are new, by location.
  let newEntries: [String: [ManifestEntry]]
  /// Keys of this attempt's objects that become part of the table.
  let written: Set<String>
  /// Keys that nothing names any more once it is committed.
  let garbage: [String]
}
