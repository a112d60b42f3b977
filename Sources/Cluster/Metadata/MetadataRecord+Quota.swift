import Platform

// ClientQuotaRecord (KIP-546): entity []{type string, name nullable string}, key string, value
// float64, remove bool.
extension MetadataRecord {
  static func write(
    _ entity: QuotaEntity, _ key: String, _ value: Double?, to writer: inout ByteWriter
  ) {
    writer.write(unsignedVarint: UInt64(entity.parts.count) + 1)
    for (part, name) in entity.parts {
      writer.write(compact: part.rawValue)
      writer.write(compact: name.text)
      writer.write(unsignedVarint: 0)  // no tagged fields
    }
    writer.write(compact: key)
    writer.write((value ?? 0).bitPattern)
    writer.write(Int8(value == nil ? 1 : 0))
  }

  /// Nil when it is cut short, or for an entity of unknown parts.
  static func readQuota(_ reader: inout ByteReader) -> MetadataRecord? {
    var entity = QuotaEntity()
    guard let count = reader.readUnsignedVarint(), count >= 1, count <= 4 else { return nil }
    for _ in 1..<count {
      guard let type = reader.readCompactString(), let part = QuotaEntity.Part(rawValue: type),
        let name = reader.readNullableCompactString(), reader.readUnsignedVarint() == 0
      else { return nil }
      entity[part] = QuotaEntity.Name(name)
    }
    guard let key = reader.readCompactString(), let bits = reader.read(UInt64.self),
      let isRemoval = reader.read(Int8.self)
    else { return nil }
    return .quota(entity: entity, key: key, value: isRemoval != 0 ? nil : Double(bitPattern: bits))
  }
}
