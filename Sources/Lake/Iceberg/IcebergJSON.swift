import Foundation

/// Writes and reads the JSON of Iceberg's metadata: keys sorted, so that equal values have equal
/// bytes. Foundation's coders do the work.
enum IcebergJSON {
  static func bytes(_ value: some Encodable) throws(LakeError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do { return Array(try encoder.encode(value)) } catch {
      throw .invalid("cannot be written as JSON: \(error)")
    }
  }

  static func text(_ value: some Encodable) throws(LakeError) -> String {
    String(decoding: try bytes(value), as: UTF8.self)
  }

  static func decode<T: Decodable>(_ type: T.Type, _ bytes: UnsafeRawBufferPointer, file: String)
    throws(LakeError) -> T
  {
    do {
      return try JSONDecoder().decode(type, from: Data(bytes))
    } catch let error as DecodingError {
      throw .corrupt(file: file, reason: describe(error))
    } catch {
      throw .corrupt(file: file, reason: "not JSON")
    }
  }

  private static func describe(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, let context):
      "no '\(key.stringValue)'\(place(context.codingPath))"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "\(context.debugDescription)\(place(context.codingPath))"
    case .dataCorrupted(let context):
      "\(context.debugDescription)\(place(context.codingPath))"
    @unknown default: "not as expected"
    }
  }

  private static func place(_ path: [any CodingKey]) -> String {
    path.isEmpty ? "" : " in '" + path.map(\.stringValue).joined(separator: ".") + "'"
  }
}
