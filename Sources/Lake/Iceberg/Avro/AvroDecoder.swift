import Platform

/// Decodes values of an Avro schema from bytes that nobody vouches for.
struct AvroDecoder {
  private var reader: ByteReader
  private let file: String

  init(_ bytes: UnsafeRawBufferPointer, file: String) {
    reader = ByteReader(bytes)
    self.file = file
  }

  var remaining: Int { reader.remaining }

  mutating func value(_ schema: AvroSchema) throws(LakeError) -> AvroValue {
    switch schema {
    case .null: return .null
    case .boolean:
      guard let byte = reader.read(UInt8.self), byte < 2 else { throw damaged("boolean") }
      return .boolean(byte == 1)
    case .int, .long, .enumeration: return .long(try long())
    case .float:
      guard let bits = reader.readLittleEndian(UInt32.self) else { throw damaged("float") }
      return .double(Double(Float(bitPattern: bits)))
    case .double:
      guard let bits = reader.readLittleEndian(UInt64.self) else { throw damaged("double") }
      return .double(Double(bitPattern: bits))
    case .bytes: return .bytes(Array(try bytes()))
    case .string: return .string(try string())
    case .fixed(let byteCount):
      guard let bytes = reader.read(count: byteCount) else { throw damaged("fixed") }
      return .bytes(Array(bytes))
    case .array(let element):
      var values: [AvroValue] = []
      while let count = try blockCount() {
        for _ in 0..<count { values.append(try value(element)) }
      }
      return .array(values)
    case .map(let element):
      var values: [String: AvroValue] = [:]
      while let count = try blockCount() {
        for _ in 0..<count {
          let key = try string()
          values[key] = try value(element)
        }
      }
      return .map(values)
    case .union(let branches):
      let index = try long()
      guard index >= 0, index < branches.count else { throw damaged("union branch") }
      return try value(branches[Int(index)])
    case .record(let schema):
      var values: [AvroValue] = []
      values.reserveCapacity(schema.fields.count)
      for field in schema.fields { values.append(try value(field.schema)) }
      return .record(AvroRecord(schema: schema, values: values))
    }
  }

  mutating func long() throws(LakeError) -> Int64 {
    guard let value = reader.readVarint() else { throw damaged("varint") }
    return value
  }

  mutating func bytes() throws(LakeError) -> UnsafeRawBufferPointer {
    let count = try long()
    guard count >= 0, count <= reader.remaining, let bytes = reader.read(count: Int(count)) else {
      throw damaged("length")
    }
    return bytes
  }

  mutating func string() throws(LakeError) -> String {
    guard let text = String(validating: try bytes(), as: UTF8.self) else { throw damaged("UTF-8") }
    return text
  }

  mutating func fixed(_ byteCount: Int) throws(LakeError) -> UnsafeRawBufferPointer {
    guard let bytes = reader.read(count: byteCount) else { throw damaged("fixed") }
    return bytes
  }

  /// The number of items in the next block of an array or map; nil at its end.
  mutating func blockCount() throws(LakeError) -> Int? {
    var count = try long()
    if count < 0 {
      // A negative count is followed by the block's size in bytes.
      guard count > .min, try long() >= 0 else { throw damaged("block size") }
      count = -count
    }
    // Every item that Iceberg puts into an array or map has at least one byte.
    guard count <= reader.remaining else { throw damaged("block count") }
    return count == 0 ? nil : Int(count)
  }

  private func damaged(_ what: String) -> LakeError {
    .corrupt(file: file, reason: "bad \(what) before byte \(reader.position) of an Avro block")
  }
}
