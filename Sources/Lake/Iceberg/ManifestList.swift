import Platform

/// A manifest list: the Avro file that names a snapshot's manifests (spec, "Manifest Lists").
package enum ManifestList {
  package static func encode(
    _ manifests: [ManifestFile], snapshotID: Int64, parentSnapshotID: Int64?,
    sequenceNumber: Int64, sync: (UInt64, UInt64)
  ) -> ByteBlock {
    var writer = AvroWriter(
      schema: ManifestSchema.manifestList,
      metadata: [
        ("snapshot-id", String(snapshotID)),
        ("parent-snapshot-id", parentSnapshotID.map(String.init) ?? "null"),
        ("sequence-number", String(sequenceNumber)),
        ("format-version", "2"),
      ], sync: sync)
    for manifest in manifests { writer.append { write(manifest, &$0) } }
    return writer.finish()
  }

  private static func write(_ m: ManifestFile, _ w: inout ByteWriter) {
    w.write(avro: m.path)
    w.write(varint: m.byteCount)
    w.write(varint: Int64(m.specID))
    w.write(varint: Int64(m.content))
    w.write(varint: m.sequenceNumber)
    w.write(varint: m.minimumSequenceNumber)
    w.write(varint: m.addedSnapshotID)
    w.write(varint: Int64(m.addedFileCount))
    w.write(varint: Int64(m.existingFileCount))
    w.write(varint: Int64(m.deletedFileCount))
    w.write(varint: m.addedRowCount)
    w.write(varint: m.existingRowCount)
    w.write(varint: m.deletedRowCount)
    w.write(optional: m.partitions) {
      $0.write(array: $1) { w, summary in
        w.write(UInt8(summary.containsNull ? 1 : 0))
        w.write(optional: summary.containsNaN) { $0.write(UInt8($1 ? 1 : 0)) }
        w.write(optional: summary.lowerBound) { $0.write(avro: $1) }
        w.write(optional: summary.upperBound) { $0.write(avro: $1) }
      }
    }
  }

  /// Reads a manifest list; refuses one that names delete manifests, until they are applied.
  package static func decode(_ bytes: UnsafeRawBufferPointer, file: String) throws(LakeError)
    -> [ManifestFile]
  {
    let reader = try AvroReader(bytes, file: file)
    if let version = reader.text("format-version"), version != "2", version != "1" {
      throw .unsupported(file: file, reason: "format version \(version)")
    }
    var manifests: [ManifestFile] = []
    try reader.forEach { (record) throws(LakeError) in
      manifests.append(try manifest(record, file))
    }
    return manifests
  }

  private static func manifest(_ record: AvroRecord, _ file: String) throws(LakeError)
    -> ManifestFile
  {
    guard let path = record[500, "manifest_path"]?.string,
      let byteCount = record[501, "manifest_length"]?.long,
      let specID = record[502, "partition_spec_id"]?.long.flatMap({ Int32(exactly: $0) }),
      let snapshotID = record[503, "added_snapshot_id"]?.long
    else { throw .corrupt(file: file, reason: "a manifest without path, length, spec or snapshot") }
    let content = record[517, "content"]?.long ?? 0
    guard content == 0 else {
      throw .unsupported(
        file: file, reason: "\(path) lists delete files, which are not applied yet")
    }
    // Sequence numbers came with version 2; the counts were optional before it.
    let fileCounts = [
      record[504, "added_files_count"], record[505, "existing_files_count"],
      record[506, "deleted_files_count"],
    ]
    let rowCounts = [
      record[512, "added_rows_count"], record[513, "existing_rows_count"],
      record[514, "deleted_rows_count"],
    ]
    let summaries = record[507, "partitions"]?.array?.compactMap(\.record).map { summary in
      ManifestFile.FieldSummary(
        containsNull: summary[509, "contains_null"]?.boolean ?? true,
        containsNaN: summary[518, "contains_nan"]?.boolean,
        lowerBound: summary[510, "lower_bound"]?.bytes,
        upperBound: summary[511, "upper_bound"]?.bytes)
    }
    return ManifestFile(
      path: path, byteCount: byteCount, specID: specID, content: 0,
      sequenceNumber: record[515, "sequence_number"]?.long ?? 0,
      minimumSequenceNumber: record[516, "min_sequence_number"]?.long ?? 0,
      addedSnapshotID: snapshotID, fileCounts: fileCounts.map { $0?.long ?? 1 },
      rowCounts: rowCounts.map { $0?.long ?? 0 }, partitions: summaries)
  }
}
