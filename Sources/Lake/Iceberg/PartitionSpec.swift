/// One field of a partition spec.
package struct PartitionField: Codable, Equatable, Sendable {
  package var sourceID: Int32
  package var fieldID: Int32
  package var name: String
  package var transform: Transform

  private enum CodingKeys: String, CodingKey {
    case name, transform
    case sourceID = "source-id"
    case fieldID = "field-id"
  }

  package init(sourceID: Int32, fieldID: Int32, name: String, transform: Transform) {
    self.sourceID = sourceID
    self.fieldID = fieldID
    self.name = name
    self.transform = transform
  }

  /// The Avro type of the field's values in a manifest; nil where this version cannot write them.
  var avroType: String? {
    switch transform {
    case .identity where sourceID == FieldID.partition: #""int""#
    case .day: #"{"type":"int","logicalType":"date"}"#
    case .hour: #""int""#
    default: nil
    }
  }
}

/// How the files of a table are divided (spec, "Partitioning").
package struct PartitionSpec: Codable, Equatable, Sendable {
  package var specID: Int32
  package var fields: [PartitionField]

  private enum CodingKeys: String, CodingKey {
    case fields
    case specID = "spec-id"
  }

  package init(specID: Int32 = 0, fields: [PartitionField]) {
    self.specID = specID
    self.fields = fields
  }

  /// The highest partition field id, or 999 when there is none (`last-partition-id`).
  package var lastPartitionID: Int32 {
    fields.map(\.fieldID).max() ?? FieldID.firstPartitionField - 1
  }

  /// Whether files are divided by Kafka partition and nothing else, so that one holds all records
  /// of its range, in offset order.
  package var isByPartition: Bool {
    fields.count == 1
      && fields.contains { $0.sourceID == FieldID.partition && $0.transform == .identity }
  }

  /// A spec of the given transforms, with the names and ids that Iceberg's libraries would choose.
  package init(_ transforms: [(transform: Transform, source: IcebergField)], specID: Int32 = 0) {
    self.init(
      specID: specID,
      fields: transforms.enumerated().map { index, item in
        PartitionField(
          sourceID: item.source.id, fieldID: FieldID.firstPartitionField + Int32(index),
          name: item.transform == .identity
            ? item.source.name : "\(item.source.name)_\(item.transform)",
          transform: item.transform)
      })
  }

  /// The partition of a file whose records all have this Kafka partition and lie in one time slot.
  package func values(partition: Int32, timestampMicroseconds: Int64) throws(LakeError)
    -> [Int32?]
  {
    var values: [Int32?] = []
    for field in fields {
      switch field.transform {
      case .identity where field.sourceID == FieldID.partition: values.append(partition)
      case .day where field.sourceID == FieldID.timestamp:
        values.append(Transform.day(microseconds: timestampMicroseconds))
      case .hour where field.sourceID == FieldID.timestamp:
        values.append(Transform.hour(microseconds: timestampMicroseconds))
      default:
        throw .unsupported(
          file: "partition spec \(specID)",
          reason: "\(field.transform) of column \(field.sourceID) cannot be written")
      }
    }
    return values
  }
}
