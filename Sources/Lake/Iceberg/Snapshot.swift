/// One state of a table's contents (spec, "Snapshots").
package struct Snapshot: Codable, Equatable, Sendable {
  package var snapshotID: Int64
  package var parentSnapshotID: Int64?
  package var sequenceNumber: Int64
  package var timestampMilliseconds: Int64
  /// The location of its manifest list.
  package var manifestList: String
  package var summary: [String: String]
  /// The table's current schema when it was made.
  package var schemaID: Int32?

  private enum CodingKeys: String, CodingKey {
    case summary
    case snapshotID = "snapshot-id"
    case parentSnapshotID = "parent-snapshot-id"
    case sequenceNumber = "sequence-number"
    case timestampMilliseconds = "timestamp-ms"
    case manifestList = "manifest-list"
    case schemaID = "schema-id"
  }

  package init(
    snapshotID: Int64, parentSnapshotID: Int64?, sequenceNumber: Int64,
    timestampMilliseconds: Int64, manifestList: String, summary: [String: String],
    schemaID: Int32?
  ) {
    self.snapshotID = snapshotID
    self.parentSnapshotID = parentSnapshotID
    self.sequenceNumber = sequenceNumber
    self.timestampMilliseconds = timestampMilliseconds
    self.manifestList = manifestList
    self.summary = summary
    self.schemaID = schemaID
  }
}

/// A branch or tag (spec, "Snapshot References").
package struct SnapshotReference: Codable, Equatable, Sendable {
  package var snapshotID: Int64
  /// `branch` or `tag`.
  package var type: String

  private enum CodingKeys: String, CodingKey {
    case type
    case snapshotID = "snapshot-id"
  }

  package init(snapshotID: Int64, type: String = "branch") {
    self.snapshotID = snapshotID
    self.type = type
  }
}

/// When a snapshot became the current one.
package struct SnapshotLogEntry: Codable, Equatable, Sendable {
  package var timestampMilliseconds: Int64
  package var snapshotID: Int64

  private enum CodingKeys: String, CodingKey {
    case timestampMilliseconds = "timestamp-ms"
    case snapshotID = "snapshot-id"
  }

  package init(timestampMilliseconds: Int64, snapshotID: Int64) {
    self.timestampMilliseconds = timestampMilliseconds
    self.snapshotID = snapshotID
  }
}

/// An older metadata version that is still stored.
package struct MetadataLogEntry: Codable, Equatable, Sendable {
  package var timestampMilliseconds: Int64
  package var metadataFile: String

  private enum CodingKeys: String, CodingKey {
    case timestampMilliseconds = "timestamp-ms"
    case metadataFile = "metadata-file"
  }

  package init(timestampMilliseconds: Int64, metadataFile: String) {
    self.timestampMilliseconds = timestampMilliseconds
    self.metadataFile = metadataFile
  }
}
