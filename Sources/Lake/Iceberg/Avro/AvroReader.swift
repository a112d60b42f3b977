import Platform

/// Reads Avro object container files (codecs `null` and `deflate`).
///
/// Format: "Obj" 01, a map of metadata, a 16-byte sync marker; then blocks of record count, byte
/// count, records, sync marker.
package struct AvroReader {
  /// The header's entries: `avro.schema`, `avro.codec` and Iceberg's own.
  package let metadata: [String: [UInt8]]
  package let schema: AvroSchema

  private let file: String
  private let bytes: UnsafeRawBufferPointer
  private let isDeflated: Bool
  private let sync: [UInt8]
  private let blocksStart: Int

  /// The most bytes that one block may have after decompression.
  package static let maximumBlockByteCount = 256 << 20

  /// Reads the header; `bytes` must outlive this reader.
  package init(_ bytes: UnsafeRawBufferPointer, file: String) throws(LakeError) {
    guard bytes.starts(with: [0x4f, 0x62, 0x6a, 1]) else {
      throw .corrupt(file: file, reason: "not an Avro container file")
    }
    var decoder = AvroDecoder(UnsafeRawBufferPointer(rebasing: bytes[4...]), file: file)
    var metadata: [String: [UInt8]] = [:]
    while let count = try decoder.blockCount() {
      for _ in 0..<count {
        let key = try decoder.string()
        metadata[key] = Array(try decoder.bytes())
      }
    }
    sync = Array(try decoder.fixed(16))
    let codec = metadata["avro.codec"].map { String(decoding: $0, as: UTF8.self) } ?? "null"
    switch codec {
    case "null": isDeflated = false
    case "deflate": isDeflated = true
    default: throw .unsupported(file: file, reason: "Avro codec '\(codec)'")
    }
    guard let json = metadata["avro.schema"] else {
      throw .corrupt(file: file, reason: "no Avro schema")
    }
    schema = try AvroSchema(json: json, file: file)
    self.metadata = metadata
    self.file = file
    self.bytes = bytes
    blocksStart = bytes.count - decoder.remaining
  }

  /// A header entry as text.
  package func text(_ key: String) -> String? {
    metadata[key].map { String(decoding: $0, as: UTF8.self) }
  }

  /// Decodes every record, in the order of the file.
  package func forEach(_ body: (AvroRecord) throws(LakeError) -> Void) throws(LakeError) {
    guard case .record(let record) = schema else {
      throw .corrupt(file: file, reason: "its Avro schema is not a record")
    }
    var blocks = ByteReader(UnsafeRawBufferPointer(rebasing: bytes[blocksStart...]))
    while blocks.remaining > 0 {
      guard let count = blocks.readVarint(), let byteCount = blocks.readVarint(), count >= 0,
        byteCount >= 0, byteCount <= blocks.remaining,
        let data = blocks.read(count: Int(byteCount)),
        let marker = blocks.read(count: 16), marker.elementsEqual(sync)
      else { throw .corrupt(file: file, reason: "a block is cut short or its end is wrong") }
      if isDeflated {
        let plain = try Inflate.decompress(
          data, maximumByteCount: Self.maximumBlockByteCount, file: file)
        try decode(plain.bytes, count: count, record, body)
        withExtendedLifetime(plain) {}
      } else {
        try decode(data, count: count, record, body)
      }
    }
  }

  private func decode(
    _ data: UnsafeRawBufferPointer, count: Int64, _ record: AvroRecordSchema,
    _ body: (AvroRecord) throws(LakeError) -> Void
  ) throws(LakeError) {
    guard count <= data.count else {
      throw .corrupt(file: file, reason: "a block claims more records than bytes")
    }
    var decoder = AvroDecoder(data, file: file)
    for _ in 0..<count {
      guard case .record(let value) = try decoder.value(.record(record)) else { continue }
      try body(value)
    }
    guard decoder.remaining == 0 else {
      throw .corrupt(file: file, reason: "a block holds more bytes than its records")
    }
  }
}
