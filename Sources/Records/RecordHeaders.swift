/// One header of a record, read in place. Keys should be UTF-8, but nobody makes them so.
@frozen
package struct RecordHeader {
  package var key: UnsafeRawBufferPointer
  /// nil for null.
  package var value: UnsafeRawBufferPointer?

  @inlinable
  package init(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) {
    self.key = key
    self.value = value
  }
}

/// The headers of a record as they are encoded: how many, and the bytes after that count.
///
/// They can be copied from batch to batch as they are. Iterating parses them one by one and ends
/// early where they are malformed, which those of an iterated record never are.
@frozen
package struct RecordHeaders: Sequence {
  package var count: Int32
  package var bytes: UnsafeRawBufferPointer

  @inlinable
  package init(count: Int32, bytes: UnsafeRawBufferPointer) {
    self.count = count
    self.bytes = bytes
  }

  /// No headers.
  @inlinable package static var none: RecordHeaders {
    RecordHeaders(count: 0, bytes: UnsafeRawBufferPointer(start: nil, count: 0))
  }

  @inlinable package var isEmpty: Bool { count == 0 }
  @inlinable package var underestimatedCount: Int { 0 }

  @inlinable
  package func makeIterator() -> Iterator { Iterator(self) }

  @frozen
  package struct Iterator: IteratorProtocol {
    @usableFromInline var reader: RecordReader?
    @usableFromInline var left: Int32

    @inlinable
    init(_ headers: RecordHeaders) {
      left = headers.count
      reader = headers.bytes.baseAddress.map {
        RecordReader(start: $0, count: headers.bytes.count)
      }
    }

    @inlinable
    package mutating func next() -> RecordHeader? {
      guard left > 0, var reader else { return nil }
      left -= 1
      guard let keyCount = reader.varint32(before: reader.end), keyCount >= 0,
        Int(keyCount) <= reader.end - reader.position
      else { return nil }
      let key = UnsafeRawBufferPointer(start: reader.position, count: Int(keyCount))
      reader.position += Int(keyCount)
      guard let valueCount = reader.varint32(before: reader.end), valueCount >= -1,
        Int(valueCount) <= reader.end - reader.position
      else { return nil }
      let value =
        valueCount < 0
        ? nil : UnsafeRawBufferPointer(start: reader.position, count: Int(valueCount))
      reader.position += Int(Swift.max(0, valueCount))
      self.reader = reader
      return RecordHeader(key: key, value: value)
    }
  }
}
