/// A table's metadata, format version 2 (spec, "Table Metadata"; JSON by appendix C).
///
/// Unknown fields are ignored. What Varve does not write itself (statistics, other versions) is not
/// carried.
package struct TableMetadata: Equatable, Sendable {
  package var tableUUID: String
  package var location: String
  package var lastSequenceNumber: Int64
  package var lastUpdatedMilliseconds: Int64
  package var lastColumnID: Int32
  package var currentSchemaID: Int32
  package var schemas: [IcebergSchema]
  package var defaultSpecID: Int32
  package var partitionSpecs: [PartitionSpec]
  package var lastPartitionID: Int32
  package var defaultSortOrderID: Int32
  package var sortOrders: [SortOrder]
  package var properties: [String: String]
  /// Nil before the first snapshot.
  package var currentSnapshotID: Int64?
  package var references: [String: SnapshotReference]
  package var snapshots: [Snapshot]
  package var snapshotLog: [SnapshotLogEntry]
  /// Exactly the older versions that are still stored, oldest first.
  package var metadataLog: [MetadataLogEntry]

  /// The metadata of a table without contents.
  package init(
    tableUUID: String, location: String, nowMilliseconds: Int64, schema: IcebergSchema,
    spec: PartitionSpec, sortOrder: SortOrder, properties: [String: String]
  ) {
    self.tableUUID = tableUUID
    self.location = location
    lastSequenceNumber = 0
    lastUpdatedMilliseconds = nowMilliseconds
    lastColumnID = FieldID.last
    currentSchemaID = schema.schemaID
    schemas = [schema]
    defaultSpecID = spec.specID
    partitionSpecs = [spec]
    lastPartitionID = spec.lastPartitionID
    defaultSortOrderID = sortOrder.orderID
    sortOrders = [sortOrder]
    self.properties = properties
    references = [:]
    snapshots = []
    snapshotLog = []
    metadataLog = []
  }

  package var currentSnapshot: Snapshot? { currentSnapshotID.flatMap(snapshot) }

  package func snapshot(_ id: Int64) -> Snapshot? { snapshots.last { $0.snapshotID == id } }

  package func spec(_ id: Int32) -> PartitionSpec? { partitionSpecs.first { $0.specID == id } }

  package func schema(_ id: Int32) -> IcebergSchema? { schemas.first { $0.schemaID == id } }

  /// Whether `id` is the current snapshot or comes before it in its line of parents.
  package func isAncestorOfCurrent(_ id: Int64) -> Bool {
    let parents = Dictionary(
      snapshots.map { ($0.snapshotID, $0.parentSnapshotID) }, uniquingKeysWith: { $1 })
    var next = currentSnapshotID
    // A line of parents cannot be longer than the list; more steps mean a circle.
    for _ in 0...snapshots.count {
      guard let current = next else { return false }
      if current == id { return true }
      next = parents[current] ?? nil
    }
    return false
  }
}

extension TableMetadata: Codable {
  private enum CodingKeys: String, CodingKey {
    case location, schemas, properties, snapshots
    case formatVersion = "format-version"
    case tableUUID = "table-uuid"
    case lastSequenceNumber = "last-sequence-number"
    case lastUpdatedMilliseconds = "last-updated-ms"
    case lastColumnID = "last-column-id"
    case currentSchemaID = "current-schema-id"
    case partitionSpecs = "partition-specs"
    case defaultSpecID = "default-spec-id"
    case lastPartitionID = "last-partition-id"
    case sortOrders = "sort-orders"
    case defaultSortOrderID = "default-sort-order-id"
    case currentSnapshotID = "current-snapshot-id"
    case references = "refs"
    case snapshotLog = "snapshot-log"
    case metadataLog = "metadata-log"
  }

  package init(from decoder: any Decoder) throws {
    let object = try decoder.container(keyedBy: CodingKeys.self)
    tableUUID = try object.decode(String.self, forKey: .tableUUID)
    location = try object.decode(String.self, forKey: .location)
    lastSequenceNumber = try object.decode(Int64.self, forKey: .lastSequenceNumber)
    lastUpdatedMilliseconds = try object.decode(Int64.self, forKey: .lastUpdatedMilliseconds)
    lastColumnID = try object.decode(Int32.self, forKey: .lastColumnID)
    currentSchemaID = try object.decode(Int32.self, forKey: .currentSchemaID)
    schemas = try object.decode([IcebergSchema].self, forKey: .schemas)
    partitionSpecs = try object.decode([PartitionSpec].self, forKey: .partitionSpecs)
    defaultSpecID = try object.decode(Int32.self, forKey: .defaultSpecID)
    lastPartitionID = try object.decode(Int32.self, forKey: .lastPartitionID)
    sortOrders = try object.decode([SortOrder].self, forKey: .sortOrders)
    defaultSortOrderID = try object.decode(Int32.self, forKey: .defaultSortOrderID)
    properties = try object.decodeIfPresent([String: String].self, forKey: .properties) ?? [:]
    // Some writers say -1 for "none".
    let current = try object.decodeIfPresent(Int64.self, forKey: .currentSnapshotID)
    currentSnapshotID = current == -1 ? nil : current
    snapshots = try object.decodeIfPresent([Snapshot].self, forKey: .snapshots) ?? []
    references =
      try object.decodeIfPresent([String: SnapshotReference].self, forKey: .references) ?? [:]
    snapshotLog = try object.decodeIfPresent([SnapshotLogEntry].self, forKey: .snapshotLog) ?? []
    metadataLog = try object.decodeIfPresent([MetadataLogEntry].self, forKey: .metadataLog) ?? []
  }

  package func encode(to encoder: any Encoder) throws {
    var object = encoder.container(keyedBy: CodingKeys.self)
    try object.encode(2, forKey: .formatVersion)
    try object.encode(tableUUID, forKey: .tableUUID)
    try object.encode(location, forKey: .location)
    try object.encode(lastSequenceNumber, forKey: .lastSequenceNumber)
    try object.encode(lastUpdatedMilliseconds, forKey: .lastUpdatedMilliseconds)
    try object.encode(lastColumnID, forKey: .lastColumnID)
    try object.encode(currentSchemaID, forKey: .currentSchemaID)
    try object.encode(schemas, forKey: .schemas)
    try object.encode(partitionSpecs, forKey: .partitionSpecs)
    try object.encode(defaultSpecID, forKey: .defaultSpecID)
    try object.encode(lastPartitionID, forKey: .lastPartitionID)
    try object.encode(sortOrders, forKey: .sortOrders)
    try object.encode(defaultSortOrderID, forKey: .defaultSortOrderID)
    try object.encode(properties, forKey: .properties)
    try object.encodeIfPresent(currentSnapshotID, forKey: .currentSnapshotID)
    try object.encode(references, forKey: .references)
    try object.encode(snapshots, forKey: .snapshots)
    try object.encode(snapshotLog, forKey: .snapshotLog)
    try object.encode(metadataLog, forKey: .metadataLog)
  }

  /// The JSON, the same bytes for the same metadata.
  package func json() throws(LakeError) -> [UInt8] { try IcebergJSON.bytes(self) }

  private struct Version: Decodable {
    var formatVersion: Int

    private enum CodingKeys: String, CodingKey {
      case formatVersion = "format-version"
    }
  }

  /// Reads the JSON of `file`; refuses other format versions, and ids that name nothing.
  package init(json bytes: UnsafeRawBufferPointer, file: String) throws(LakeError) {
    let version = try IcebergJSON.decode(Version.self, bytes, file: file).formatVersion
    guard version == 2 else {
      throw .unsupported(
        file: file, reason: "Iceberg format version \(version); Varve reads version 2")
    }
    self = try IcebergJSON.decode(TableMetadata.self, bytes, file: file)
    if let current = currentSnapshotID, snapshot(current) == nil {
      throw .corrupt(file: file, reason: "current snapshot \(current) is not in its list")
    }
    guard schema(currentSchemaID) != nil, spec(defaultSpecID) != nil else {
      throw .corrupt(file: file, reason: "current schema or default partition spec is not there")
    }
  }
}
