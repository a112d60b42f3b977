import Platform

/// Writes Avro object container files with the codec `null`, block by block.
///
/// The schema's JSON is given, not made, so that attributes such as `field-id` stand as they must.
package struct AvroWriter: ~Copyable {
  private var output: ByteWriter
  private var block = ByteWriter(capacity: 4096)
  private var blockCount = 0
  private let sync: [UInt8]

  /// A block is closed when it has at least this many bytes.
  private static let blockByteCount = 64 << 10

  /// Begins a file; `sync` is the 16-byte marker, random so that no data looks like it.
  package init(schema: String, metadata: [(key: String, value: String)], sync: (UInt64, UInt64)) {
    var writer = ByteWriter(capacity: 4096)
    writer.write(bytes: [0x4f, 0x62, 0x6a, 1])
    writer.write(varint: Int64(metadata.count + 2))
    writer.write(avro: "avro.schema")
    writer.write(avro: schema)
    writer.write(avro: "avro.codec")
    writer.write(avro: "null")
    for (key, value) in metadata {
      writer.write(avro: key)
      writer.write(avro: value)
    }
    writer.write(varint: 0)
    var marker = ByteWriter(capacity: 16)
    marker.write(sync.0)
    marker.write(sync.1)
    self.sync = marker.finish().array
    writer.write(bytes: self.sync)
    output = writer
  }

  /// Adds one record: `body` writes its fields in the schema's order.
  package mutating func append(_ body: (inout ByteWriter) -> Void) {
    body(&block)
    blockCount += 1
    if block.count >= Self.blockByteCount { closeBlock() }
  }

  /// The whole file.
  package consuming func finish() -> ByteBlock {
    closeBlock()
    return output.finish()
  }

  private mutating func closeBlock() {
    guard blockCount > 0 else { return }
    output.write(varint: Int64(blockCount))
    output.write(varint: Int64(block.count))
    output.write(bytes: block.bytes)
    output.write(bytes: sync)
    block.removeAll()
    blockCount = 0
  }
}

extension ByteWriter {
  /// Writes an Avro string.
  mutating func write(avro text: String) {
    write(varint: Int64(text.utf8.count))
    write(utf8: text)
  }

  /// Writes Avro bytes.
  mutating func write(avro bytes: [UInt8]) {
    write(varint: Int64(bytes.count))
    write(bytes: bytes)
  }

  /// Writes a value of the union `["null", T]`.
  mutating func write<T>(optional value: T?, _ body: (inout ByteWriter, T) -> Void) {
    guard let value else { return write(varint: 0) }
    write(varint: 1)
    body(&self, value)
  }

  /// Writes an Avro array, or a map as Iceberg stores it: an array of pairs.
  mutating func write<T>(array values: [T], _ body: (inout ByteWriter, T) -> Void) {
    if !values.isEmpty {
      write(varint: Int64(values.count))
      for value in values { body(&self, value) }
    }
    write(varint: 0)
  }
}
