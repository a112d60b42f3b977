/// One named column, or one member of a struct.
package struct IcebergField: Codable, Equatable, Sendable {
  package var id: Int32
  package var name: String
  package var required: Bool
  package var type: IcebergType
  package var doc: String?

  package init(
    _ id: Int32, _ name: String, required: Bool, _ type: IcebergType, doc: String? = nil
  ) {
    self.id = id
    self.name = name
    self.required = required
    self.type = type
    self.doc = doc
  }
}

/// The columns of a table at one time (spec, "Schemas"); readers go by field id, never by name.
package struct IcebergSchema: Codable, Equatable, Sendable {
  package var type = "struct"
  package var schemaID: Int32
  package var fields: [IcebergField]

  private enum CodingKeys: String, CodingKey {
    case type, fields
    case schemaID = "schema-id"
  }

  package init(schemaID: Int32, fields: [IcebergField]) {
    self.schemaID = schemaID
    self.fields = fields
  }

  /// The top-level column with this id.
  package func field(_ id: Int32) -> IcebergField? { fields.first { $0.id == id } }

  /// The schema of the layout `raw`: the record as Kafka has it, small columns first and the value
  /// last. The prefix avoids reserved words.
  package static let raw = IcebergSchema(
    schemaID: 0,
    fields: [
      IcebergField(FieldID.partition, "kafka_partition", required: true, .primitive("int")),
      IcebergField(FieldID.offset, "kafka_offset", required: true, .primitive("long")),
      IcebergField(FieldID.timestamp, "kafka_timestamp", required: true, .primitive("timestamptz")),
      IcebergField(
        FieldID.timestampType, "kafka_timestamp_type", required: true, .primitive("int"),
        doc: "0 = set by the producer, 1 = set by the broker"),
      IcebergField(FieldID.leaderEpoch, "kafka_leader_epoch", required: true, .primitive("int")),
      IcebergField(
        FieldID.timestampMilliseconds, "kafka_timestamp_ms", required: false, .primitive("long"),
        doc: "the exact timestamp, where kafka_timestamp had to be limited"),
      IcebergField(
        FieldID.headers, "kafka_headers", required: true,
        .list(
          elementID: FieldID.headersElement,
          element: .structure(fields: [
            IcebergField(FieldID.headerKey, "key", required: true, .primitive("string")),
            IcebergField(FieldID.headerValue, "value", required: false, .primitive("binary")),
            IcebergField(
              FieldID.headerKeyRaw, "key_raw", required: false, .primitive("binary"),
              doc: "the exact key, where it is not UTF-8"),
          ]), elementRequired: true)),
      IcebergField(FieldID.key, "kafka_key", required: false, .primitive("binary")),
      IcebergField(
        FieldID.value, "kafka_value", required: false, .primitive("binary"),
        doc: "null is a tombstone"),
    ])
}
