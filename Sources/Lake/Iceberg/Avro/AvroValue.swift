/// A decoded Avro value; a union stands for the value of its branch.
package indirect enum AvroValue: Sendable, Equatable {
  case null
  case boolean(Bool)
  /// An int, a long, or the position of an enum's symbol.
  case long(Int64)
  case double(Double)
  /// Bytes or a fixed.
  case bytes([UInt8])
  case string(String)
  case array([AvroValue])
  case map([String: AvroValue])
  case record(AvroRecord)

  package var isNull: Bool { self == .null }
  package var long: Int64? { if case .long(let value) = self { value } else { nil } }
  package var string: String? { if case .string(let value) = self { value } else { nil } }
  package var bytes: [UInt8]? { if case .bytes(let value) = self { value } else { nil } }
  package var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }
  package var array: [AvroValue]? { if case .array(let value) = self { value } else { nil } }
  package var record: AvroRecord? { if case .record(let value) = self { value } else { nil } }
}

/// A decoded Avro record; fields are found by Iceberg's field id, whatever their order and names.
package struct AvroRecord: Sendable, Equatable {
  package let schema: AvroRecordSchema
  package let values: [AvroValue]

  /// The value of the field with this id, or, where the writer gave no ids, with this name; nil
  /// when it is absent or null.
  package subscript(_ id: Int32, _ name: String) -> AvroValue? {
    for (field, value) in zip(schema.fields, values)
    where field.id == id || (field.id == nil && field.name == name) {
      return value.isNull ? nil : value
    }
    return nil
  }

  package static func == (a: AvroRecord, b: AvroRecord) -> Bool {
    a.values == b.values && a.schema.fields.map(\.name) == b.schema.fields.map(\.name)
  }
}
