/// One line of a manifest list: a manifest and what it holds (spec, struct `manifest_file`).
package struct ManifestFile: Equatable, Sendable {
  /// What a partition field's values in the manifest are.
  package struct FieldSummary: Equatable, Sendable {
    package var containsNull: Bool
    package var containsNaN: Bool?
    package var lowerBound: [UInt8]?
    package var upperBound: [UInt8]?
  }

  package var path: String
  package var byteCount: Int64
  package var specID: Int32
  /// 0 data, 1 deletes.
  package var content: Int32 = 0
  package var sequenceNumber: Int64
  package var minimumSequenceNumber: Int64
  package var addedSnapshotID: Int64
  package var addedFileCount: Int32
  package var existingFileCount: Int32
  package var deletedFileCount: Int32
  package var addedRowCount: Int64
  package var existingRowCount: Int64
  package var deletedRowCount: Int64
  package var partitions: [FieldSummary]?

  package var liveFileCount: Int { Int(addedFileCount) + Int(existingFileCount) }

  /// Describes a manifest of `entries` that `snapshotID` writes with `sequenceNumber`.
  package init(
    path: String, byteCount: Int64, spec: PartitionSpec, entries: [ManifestEntry],
    snapshotID: Int64, sequenceNumber: Int64
  ) {
    self.path = path
    self.byteCount = byteCount
    specID = spec.specID
    self.sequenceNumber = sequenceNumber
    addedSnapshotID = snapshotID
    func count(_ status: ManifestEntry.Status) -> Int32 {
      Int32(clamping: entries.count { $0.status == status })
    }
    func rows(_ status: ManifestEntry.Status) -> Int64 {
      entries.reduce(0) { $1.status == status ? $0 + $1.file.recordCount : $0 }
    }
    addedFileCount = count(.added)
    existingFileCount = count(.existing)
    deletedFileCount = count(.deleted)
    addedRowCount = rows(.added)
    existingRowCount = rows(.existing)
    deletedRowCount = rows(.deleted)
    minimumSequenceNumber =
      entries.filter(\.isLive).map { $0.sequenceNumber ?? sequenceNumber }.min() ?? sequenceNumber
    partitions = spec.fields.indices.map { index in
      let values = entries.map { $0.file.partition[index] }
      let known = values.compactMap(\.self)
      return FieldSummary(
        containsNull: known.count < values.count, containsNaN: false,
        lowerBound: known.min().map { SingleValue.bytes($0) },
        upperBound: known.max().map { SingleValue.bytes($0) })
    }
  }

  init(
    path: String, byteCount: Int64, specID: Int32, content: Int32, sequenceNumber: Int64,
    minimumSequenceNumber: Int64, addedSnapshotID: Int64, fileCounts: [Int64],
    rowCounts: [Int64], partitions: [FieldSummary]?
  ) {
    self.path = path
    self.byteCount = byteCount
    self.specID = specID
    self.content = content
    self.sequenceNumber = sequenceNumber
    self.minimumSequenceNumber = minimumSequenceNumber
    self.addedSnapshotID = addedSnapshotID
    addedFileCount = Int32(clamping: fileCounts[0])
    existingFileCount = Int32(clamping: fileCounts[1])
    deletedFileCount = Int32(clamping: fileCounts[2])
    addedRowCount = rowCounts[0]
    existingRowCount = rowCounts[1]
    deletedRowCount = rowCounts[2]
    self.partitions = partitions
  }
}
