import Platform

/// A manifest: the Avro file that lists data files (spec, "Manifests"). Bytes in, bytes out.
package enum Manifest {
  /// Writes the entries; `sync` is the file's marker.
  package static func encode(
    _ entries: [ManifestEntry], schema: IcebergSchema, spec: PartitionSpec,
    sync: (UInt64, UInt64)
  ) throws(LakeError) -> ByteBlock {
    var writer = AvroWriter(
      schema: try ManifestSchema.manifest(spec),
      metadata: [
        // The table's schema, not this file's: Spark and iceberg-rust look for it here.
        ("schema", try IcebergJSON.text(schema)),
        ("schema-id", String(schema.schemaID)),
        ("partition-spec", try IcebergJSON.text(spec.fields)),
        ("partition-spec-id", String(spec.specID)),
        ("format-version", "2"),
        ("content", "data"),
      ], sync: sync)
    for entry in entries {
      guard entry.file.partition.count == spec.fields.count else {
        throw .invalid("\(entry.file.path) has another number of partition values than its spec")
      }
      writer.append { write(entry, &$0) }
    }
    return writer.finish()
  }

  private static func write(_ entry: ManifestEntry, _ w: inout ByteWriter) {
    w.write(varint: entry.status.rawValue)
    w.write(optional: entry.snapshotID) { $0.write(varint: $1) }
    w.write(optional: entry.sequenceNumber) { $0.write(varint: $1) }
    w.write(optional: entry.fileSequenceNumber) { $0.write(varint: $1) }
    let file = entry.file
    w.write(varint: 0)
    w.write(avro: file.path)
    w.write(avro: "PARQUET")
    for value in file.partition { w.write(optional: value) { $0.write(varint: Int64($1)) } }
    w.write(varint: file.recordCount)
    w.write(varint: file.byteCount)
    write(file.columnByteCounts, &w) { $0.write(varint: $1) }
    write(file.valueCounts, &w) { $0.write(varint: $1) }
    write(file.nullValueCounts, &w) { $0.write(varint: $1) }
    write(file.lowerBounds, &w) { $0.write(avro: $1) }
    write(file.upperBounds, &w) { $0.write(avro: $1) }
    w.write(optional: file.splitOffsets.isEmpty ? nil : file.splitOffsets) {
      $0.write(array: $1) { $0.write(varint: $1) }
    }
    w.write(optional: file.sortOrderID) { $0.write(varint: Int64($1)) }
  }

  /// Writes a map in ascending order of its keys, so that equal files have equal bytes.
  private static func write<V>(
    _ map: [Int32: V], _ w: inout ByteWriter, _ body: (inout ByteWriter, V) -> Void
  ) {
    w.write(optional: map.isEmpty ? nil : map.sorted { $0.key < $1.key }) {
      $0.write(array: $1) {
        $0.write(varint: Int64($1.key))
        body(&$0, $1.value)
      }
    }
  }

  /// Reads a manifest of data files; entries come as they stand, without inheritance.
  ///
  /// Refuses what would be misread: delete files, formats other than Parquet, partition values
  /// that are no 32-bit integers.
  package static func decode(_ bytes: UnsafeRawBufferPointer, file: String) throws(LakeError)
    -> [ManifestEntry]
  {
    let reader = try AvroReader(bytes, file: file)
    if let content = reader.text("content"), content != "data" {
      throw .unsupported(file: file, reason: "it lists delete files, which are not applied yet")
    }
    if let version = reader.text("format-version"), version != "2", version != "1" {
      throw .unsupported(file: file, reason: "format version \(version)")
    }
    var entries: [ManifestEntry] = []
    try reader.forEach { (record) throws(LakeError) in entries.append(try entry(record, file)) }
    return entries
  }

  private static func entry(_ record: AvroRecord, _ file: String) throws(LakeError)
    -> ManifestEntry
  {
    guard let status = record[0, "status"]?.long.flatMap(ManifestEntry.Status.init),
      let dataFile = record[2, "data_file"]?.record
    else { throw .corrupt(file: file, reason: "an entry without status or file") }
    return ManifestEntry(
      status: status, snapshotID: record[1, "snapshot_id"]?.long,
      sequenceNumber: record[3, "sequence_number"]?.long,
      fileSequenceNumber: record[4, "file_sequence_number"]?.long,
      file: try Manifest.dataFile(dataFile, file))
  }

  private static func dataFile(_ record: AvroRecord, _ file: String) throws(LakeError) -> DataFile {
    guard let path = record[100, "file_path"]?.string,
      let recordCount = record[103, "record_count"]?.long, recordCount >= 0,
      let byteCount = record[104, "file_size_in_bytes"]?.long, byteCount >= 0
    else { throw .corrupt(file: file, reason: "a data file without path, rows or size") }
    guard (record[134, "content"]?.long ?? 0) == 0 else {
      throw .unsupported(file: file, reason: "it lists delete files, which are not applied yet")
    }
    guard let format = record[101, "file_format"]?.string, format.uppercased() == "PARQUET" else {
      throw .unsupported(file: file, reason: "\(path) is not a Parquet file")
    }
    return DataFile(
      path: path, partition: try partition(record[102, "partition"]?.record, file),
      recordCount: recordCount, byteCount: byteCount,
      columnByteCounts: longs(record[108, "column_sizes"], 117, 118),
      valueCounts: longs(record[109, "value_counts"], 119, 120),
      nullValueCounts: longs(record[110, "null_value_counts"], 121, 122),
      lowerBounds: pairs(record[125, "lower_bounds"], 126, 127) { $0.bytes },
      upperBounds: pairs(record[128, "upper_bounds"], 129, 130) { $0.bytes },
      splitOffsets: (record[132, "split_offsets"]?.array ?? []).compactMap(\.long),
      sortOrderID: record[140, "sort_order_id"]?.long.flatMap { Int32(exactly: $0) })
  }

  private static func partition(_ record: AvroRecord?, _ file: String) throws(LakeError)
    -> [Int32?]
  {
    var values: [Int32?] = []
    for value in record?.values ?? [] {
      switch value {
      case .null: values.append(nil)
      case .long(let number) where Int32(exactly: number) != nil: values.append(Int32(number))
      default:
        throw .unsupported(file: file, reason: "a partition value that is no 32-bit integer")
      }
    }
    return values
  }

  private static func longs(_ value: AvroValue?, _ keyID: Int32, _ valueID: Int32)
    -> [Int32: Int64]
  {
    pairs(value, keyID, valueID) { $0.long }
  }

  private static func pairs<V>(
    _ value: AvroValue?, _ keyID: Int32, _ valueID: Int32, _ read: (AvroValue) -> V?
  ) -> [Int32: V] {
    var result: [Int32: V] = [:]
    for case .record(let pair) in value?.array ?? [] {
      guard let key = pair[keyID, "key"]?.long.flatMap({ Int32(exactly: $0) }),
        let item = pair[valueID, "value"].flatMap(read)
      else { continue }
      result[key] = item
    }
    return result
  }
}
