import Platform

/// Encodes headers for `RecordBatchBuilder.append`; its memory is used again.
package struct RecordHeadersWriter: ~Copyable {
  private var writer = ByteWriter(capacity: 256)
  private var count: Int32 = 0

  package init() {}

  package mutating func append(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) {
    writer.write(varint: Int64(key.count))
    writer.write(bytes: key)
    writer.write(varint: Int64(value?.count ?? -1))
    if let value { writer.write(bytes: value) }
    count += 1
  }

  package mutating func append(key: String, value: [UInt8]?) {
    var key = key
    key.withUTF8 { key in
      if let value {
        value.withUnsafeBytes { append(key: UnsafeRawBufferPointer(key), value: $0) }
      } else {
        append(key: UnsafeRawBufferPointer(key), value: nil)
      }
    }
  }

  /// Forgets the headers and keeps the memory.
  package mutating func removeAll() {
    writer.removeAll()
    count = 0
  }

  /// What was appended; valid until the next change.
  package var headers: RecordHeaders { RecordHeaders(count: count, bytes: writer.bytes) }
}
