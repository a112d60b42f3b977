/// The type of an Iceberg column (spec, "Schemas and Data Types"; JSON by appendix C).
package indirect enum IcebergType: Codable, Equatable, Sendable {
  /// `int`, `timestamptz`, `decimal(9,2)`, …, as spelt in the spec.
  case primitive(String)
  case structure(fields: [IcebergField])
  case list(elementID: Int32, element: IcebergType, elementRequired: Bool)
  case map(
    keyID: Int32, key: IcebergType, valueID: Int32, value: IcebergType, valueRequired: Bool)

  private enum Key: String, CodingKey {
    case type, fields, element, key, value
    case elementID = "element-id"
    case elementRequired = "element-required"
    case keyID = "key-id"
    case valueID = "value-id"
    case valueRequired = "value-required"
  }

  package init(from decoder: any Decoder) throws {
    if let name = try? decoder.singleValueContainer().decode(String.self) {
      self = .primitive(name)
      return
    }
    let object = try decoder.container(keyedBy: Key.self)
    let kind = try object.decode(String.self, forKey: .type)
    switch kind {
    case "struct":
      self = .structure(fields: try object.decode([IcebergField].self, forKey: .fields))
    case "list":
      self = .list(
        elementID: try object.decode(Int32.self, forKey: .elementID),
        element: try object.decode(IcebergType.self, forKey: .element),
        elementRequired: try object.decode(Bool.self, forKey: .elementRequired))
    case "map":
      self = .map(
        keyID: try object.decode(Int32.self, forKey: .keyID),
        key: try object.decode(IcebergType.self, forKey: .key),
        valueID: try object.decode(Int32.self, forKey: .valueID),
        value: try object.decode(IcebergType.self, forKey: .value),
        valueRequired: try object.decode(Bool.self, forKey: .valueRequired))
    default:
      throw DecodingError.dataCorruptedError(
        forKey: .type, in: object, debugDescription: "unknown type '\(kind)'")
    }
  }

  package func encode(to encoder: any Encoder) throws {
    if case .primitive(let name) = self {
      var single = encoder.singleValueContainer()
      try single.encode(name)
      return
    }
    var object = encoder.container(keyedBy: Key.self)
    switch self {
    case .primitive: break
    case .structure(let fields):
      try object.encode("struct", forKey: .type)
      try object.encode(fields, forKey: .fields)
    case .list(let elementID, let element, let elementRequired):
      try object.encode("list", forKey: .type)
      try object.encode(elementID, forKey: .elementID)
      try object.encode(element, forKey: .element)
      try object.encode(elementRequired, forKey: .elementRequired)
    case .map(let keyID, let key, let valueID, let value, let valueRequired):
      try object.encode("map", forKey: .type)
      try object.encode(keyID, forKey: .keyID)
      try object.encode(key, forKey: .key)
      try object.encode(valueID, forKey: .valueID)
      try object.encode(value, forKey: .value)
      try object.encode(valueRequired, forKey: .valueRequired)
    }
  }
}
