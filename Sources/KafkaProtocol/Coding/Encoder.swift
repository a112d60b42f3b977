import Platform

/// Writes a message's fields as bytes, and record payloads as parts of their own that are not
/// copied.
package struct Encoder: FieldCoder, ~Copyable {
  let version: Int16
  var isFlexible: Bool
  private var writer: ByteWriter
  /// Payloads, each with the position in `writer` that it stands before.
  private var cuts: [Cut] = []
  private var cutByteCount = 0
  private var tagCount: UInt8 = 0
  /// Where the count of tagged fields of the present structure lies; −1 before the first.
  private var tagCountPosition = -1

  private struct Cut {
    let position: Int
    let parts: [OutputPart]
  }

  package init(version: Int16, isFlexible: Bool, capacity: Int = 256) {
    self.version = version
    self.isFlexible = isFlexible
    writer = ByteWriter(capacity: capacity)
  }

  /// Bytes written, payloads included.
  package var byteCount: Int { writer.count + cutByteCount }

  /// A copy of what was written, without payloads.
  package var bytes: [UInt8] { Array(writer.bytes) }

  package mutating func field<Value: WireValue>(
    _ value: inout Value, in versions: Versions, nullable: Versions
  ) throws(WireError) {
    guard versions.contains(version) else { return }
    try Value.write(&value, to: &self, nullable: nullable.contains(version))
  }

  package mutating func tagged<Value: WireValue>(
    _ tag: Int, _ value: inout Value, in versions: Versions, default defaultValue: Value
  ) throws(WireError) {
    guard isFlexible, versions.contains(version), value != defaultValue else { return }
    openTags()
    tagCount += 1
    varint(tag)
    let start = writer.count
    try Value.write(&value, to: &self, nullable: true)
    insertVarint(writer.count - start, at: start)
  }

  /// Visits the fields of one structure and closes its tagged fields.
  mutating func structure<M: Message>(_ message: inout M) throws(WireError) {
    guard isFlexible else { return try message.encodeFields(&self) }
    let outerCount = tagCount
    let outerPosition = tagCountPosition
    tagCount = 0
    tagCountPosition = -1
    try message.encodeFields(&self)
    openTags()
    writer.patch(tagCount, at: tagCountPosition)
    tagCount = outerCount
    tagCountPosition = outerPosition
  }

  /// Writes an empty section of tagged fields.
  package mutating func noTags() { integer(UInt8(0)) }

  @inline(__always)
  package mutating func integer<T: FixedWidthInteger>(_ value: T) { writer.write(value) }

  mutating func varint(_ value: Int) { writer.write(unsignedVarint: UInt64(value)) }

  mutating func length(_ length: Int, _ kind: LengthKind) throws(WireError) {
    let limit = kind == .string ? Decoder.maximumStringByteCount : Int(Int32.max)
    guard length <= limit else { throw WireError(.lengthTooLarge, at: byteCount) }
    if isFlexible {
      varint(length + 1)
    } else if kind == .string {
      integer(Int16(length))
    } else {
      integer(Int32(length))
    }
  }

  /// Writes null, or empty where null may not be.
  mutating func absent(_ kind: LengthKind, nullable: Bool) throws(WireError) {
    if !nullable {
      try length(0, kind)
    } else if isFlexible {
      varint(0)
    } else if kind == .string {
      integer(Int16(-1))
    } else {
      integer(Int32(-1))
    }
  }

  mutating func blob(_ bytes: UnsafeRawBufferPointer, _ kind: LengthKind) throws(WireError) {
    try length(bytes.count, kind)
    writer.write(bytes: bytes)
  }

  mutating func string(utf8Of text: String) throws(WireError) {
    try length(text.utf8.count, .string)
    writer.write(utf8: text)
  }

  /// Writes the length of `parts`; they themselves stay what they are.
  mutating func payload(_ parts: [OutputPart]) throws(WireError) {
    let count = parts.reduce(0) { $0 + $1.count }
    try length(count, .bytes)
    guard count > 0 else { return }
    cuts.append(Cut(position: writer.count, parts: parts))
    cutByteCount += count
  }

  /// Hands over what was written. The four bytes at `lengthPosition`, if given, become the number
  /// of bytes that follow them.
  package consuming func finish(lengthPosition: Int? = nil) -> [OutputPart] {
    if let lengthPosition {
      writer.patch(Int32(truncatingIfNeeded: byteCount - lengthPosition - 4), at: lengthPosition)
    }
    guard !cuts.isEmpty else { return [.bytes(writer.finish())] }
    var result: [OutputPart] = []
    result.reserveCapacity(cuts.count * 2 + 1)
    var start = 0
    for cut in cuts {
      appendBytes(start..<cut.position, to: &result)
      result += cut.parts
      start = cut.position
    }
    appendBytes(start..<writer.count, to: &result)
    return result
  }

  private func appendBytes(_ range: Range<Int>, to parts: inout [OutputPart]) {
    guard !range.isEmpty else { return }
    let bytes = UnsafeRawBufferPointer(rebasing: writer.bytes[range])
    parts.append(.bytes(ByteBlock(copying: bytes)))
  }

  private mutating func openTags() {
    guard tagCountPosition < 0 else { return }
    tagCountPosition = writer.count
    integer(UInt8(0))
  }

  /// Puts a varint before bytes already written: a tagged field's size is known only after it.
  private mutating func insertVarint(_ value: Int, at position: Int) {
    let moved = writer.count - position
    varint(value)
    let width = writer.count - position - moved
    let bytes = writer.mutableBytes
    withUnsafeTemporaryAllocation(byteCount: 8, alignment: 1) { held in
      held.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[(position + moved)...]))
      (bytes.baseAddress! + position + width)
        .copyMemory(from: bytes.baseAddress! + position, byteCount: moved)
      (bytes.baseAddress! + position).copyMemory(from: held.baseAddress!, byteCount: width)
    }
  }
}
