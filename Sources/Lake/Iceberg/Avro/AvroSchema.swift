import Foundation

/// A schema of Avro 1.11 as far as Iceberg's files use it, with Iceberg's field ids.
///
/// Source: https://avro.apache.org/docs/1.11.1/specification/ and the Iceberg spec, appendix A.
/// Foundation is used to read the JSON.
package indirect enum AvroSchema: Sendable {
  case null, boolean, int, long, float, double, bytes, string
  case fixed(byteCount: Int)
  case enumeration(symbols: [String])
  case array(AvroSchema)
  case map(AvroSchema)
  case union([AvroSchema])
  case record(AvroRecordSchema)

  /// How deep schemas may nest; Iceberg's own reach 6.
  private static let maximumDepth = 32

  /// Reads a schema from JSON; unknown attributes are ignored.
  package init(json: [UInt8], file: String) throws(LakeError) {
    let parsed: Any
    do {
      parsed = try JSONSerialization.jsonObject(with: Data(json), options: .fragmentsAllowed)
    } catch {
      throw LakeError.corrupt(file: file, reason: "its Avro schema is not JSON")
    }
    var parser = Parser(file: file)
    self = try parser.schema(parsed, depth: 0)
  }

  private struct Parser {
    let file: String
    /// Types named so far: a later use may give just the name.
    var named: [String: AvroSchema] = [:]

    mutating func schema(_ json: Any, depth: Int) throws(LakeError) -> AvroSchema {
      guard depth < AvroSchema.maximumDepth else { throw refuse("nests too deeply") }
      if let name = json as? String { return try reference(name) }
      if let branches = json as? [Any] {
        var parsed: [AvroSchema] = []
        for branch in branches { parsed.append(try schema(branch, depth: depth + 1)) }
        return .union(parsed)
      }
      guard let object = json as? [String: Any], let type = object["type"] else {
        throw refuse("has a type that is neither name, list nor object")
      }
      guard let name = type as? String else { return try schema(type, depth: depth + 1) }
      switch name {
      case "record": return try record(object, depth: depth)
      case "array": return .array(try schema(object["items"] ?? "", depth: depth + 1))
      case "map": return .map(try schema(object["values"] ?? "", depth: depth + 1))
      case "fixed":
        guard let size = object["size"] as? Int, (0...65_536).contains(size) else {
          throw refuse("has a fixed type without a sensible size")
        }
        return remember(object, .fixed(byteCount: size))
      case "enum":
        return remember(object, .enumeration(symbols: object["symbols"] as? [String] ?? []))
      default: return try reference(name)
      }
    }

    private func reference(_ name: String) throws(LakeError) -> AvroSchema {
      switch name {
      case "null": return .null
      case "boolean": return .boolean
      case "int": return .int
      case "long": return .long
      case "float": return .float
      case "double": return .double
      case "bytes": return .bytes
      case "string": return .string
      default:
        guard let known = named[name] else { throw refuse("names an unknown type '\(name)'") }
        return known
      }
    }

    private mutating func record(_ object: [String: Any], depth: Int) throws(LakeError)
      -> AvroSchema
    {
      guard let list = object["fields"] as? [[String: Any]] else {
        throw refuse("has a record without fields")
      }
      var fields: [AvroRecordSchema.Field] = []
      for item in list {
        guard let name = item["name"] as? String, let type = item["type"] else {
          throw refuse("has a field without name or type")
        }
        let id = (item["field-id"] as? Int).flatMap { Int32(exactly: $0) }
        fields.append(.init(name: name, id: id, schema: try schema(type, depth: depth + 1)))
      }
      let record = AvroRecordSchema(name: object["name"] as? String ?? "", fields: fields)
      return remember(object, .record(record))
    }

    private mutating func remember(_ object: [String: Any], _ schema: AvroSchema) -> AvroSchema {
      if let name = object["name"] as? String {
        named[name] = schema
        if let space = object["namespace"] as? String { named["\(space).\(name)"] = schema }
      }
      return schema
    }

    private func refuse(_ reason: String) -> LakeError {
      .corrupt(file: file, reason: "its Avro schema \(reason)")
    }
  }
}

/// The fields of an Avro record, in the order of their bytes.
package final class AvroRecordSchema: Sendable {
  package struct Field: Sendable {
    package let name: String
    /// Iceberg's `field-id`; nil where the writer left it out.
    package let id: Int32?
    package let schema: AvroSchema
  }

  package let name: String
  package let fields: [Field]

  package init(name: String, fields: [Field]) {
    self.name = name
    self.fields = fields
  }
}
