/// The record batches of one partition in a received frame, where they lie.
///
/// They stay valid and unmoved until the event loop's iteration ends. The log patches base offsets
/// and leader epochs in place, so whoever decoded the frame must own its bytes.
package struct RecordSlice: @unchecked Sendable, Equatable {
  package let bytes: UnsafeMutableRawBufferPointer

  package init(_ bytes: UnsafeMutableRawBufferPointer) { self.bytes = bytes }

  package static func == (a: RecordSlice, b: RecordSlice) -> Bool {
    a.bytes.elementsEqual(b.bytes)
  }
}

extension RecordSlice: NullableWireValue {
  package static var wireType: WireType { .records }
  package static var absent: RecordSlice {
    RecordSlice(UnsafeMutableRawBufferPointer(start: nil, count: 0))
  }

  package static func readIfPresent(
    from decoder: inout Decoder, nullable: Bool
  ) throws(WireError) -> RecordSlice? {
    guard let bytes = try decoder.blob(.bytes, nullable: nullable) else { return nil }
    return RecordSlice(bytes)
  }

  package static func write(
    _ value: inout RecordSlice, to encoder: inout Encoder, nullable: Bool
  ) throws(WireError) {
    try encoder.blob(UnsafeRawBufferPointer(value.bytes), .bytes)
  }

  package static func writeNull(
    to encoder: inout Encoder, nullable: Bool
  ) throws(WireError) {
    try encoder.absent(.bytes, nullable: nullable)
  }

  package static func minimumByteCount(version: Int16, isFlexible: Bool) -> Int { 1 }
}
