/// One line of a manifest: a data file and what became of it (spec, struct `manifest_entry`).
package struct ManifestEntry: Equatable, Sendable {
  package enum Status: Int64, Sendable {
    case existing = 0
    case added = 1
    case deleted = 2
  }

  package var status: Status
  /// The snapshot that added the file, or, for a deleted one, the snapshot that deleted it.
  package var snapshotID: Int64?
  /// Nil means that of the manifest (an added file learns it from the commit).
  package var sequenceNumber: Int64?
  package var fileSequenceNumber: Int64?
  package var file: DataFile

  package var isLive: Bool { status != .deleted }

  package init(
    status: Status, snapshotID: Int64?, sequenceNumber: Int64?, fileSequenceNumber: Int64?,
    file: DataFile
  ) {
    self.status = status
    self.snapshotID = snapshotID
    self.sequenceNumber = sequenceNumber
    self.fileSequenceNumber = fileSequenceNumber
    self.file = file
  }

  /// An entry for a new file; its sequence numbers come from the commit that lands.
  package static func added(_ file: DataFile, snapshotID: Int64) -> ManifestEntry {
    ManifestEntry(
      status: .added, snapshotID: snapshotID, sequenceNumber: nil, fileSequenceNumber: nil,
      file: file)
  }

  /// The entry as it is carried into another manifest: existing, with its origin spelt out.
  package func carried() -> ManifestEntry {
    var entry = self
    entry.status = .existing
    return entry
  }

  /// The entry as `snapshot` deletes its file.
  package func deleted(by snapshot: Int64) -> ManifestEntry {
    var entry = self
    entry.status = .deleted
    entry.snapshotID = snapshot
    return entry
  }

  /// Fills what an added entry inherits from its manifest (spec, "Sequence Number Inheritance").
  package func inheriting(from manifest: ManifestFile) -> ManifestEntry {
    var entry = self
    entry.snapshotID = snapshotID ?? manifest.addedSnapshotID
    if status == .added {
      entry.sequenceNumber = sequenceNumber ?? manifest.sequenceNumber
      entry.fileSequenceNumber = fileSequenceNumber ?? manifest.sequenceNumber
    }
    return entry
  }
}
