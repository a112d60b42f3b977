/// What one statement of a `fields` function says of its field.
package struct FieldShape {
  package let type: WireType
  package let versions: Versions
  /// The versions in which it may be null; nil when there are none.
  package let nullable: Versions?
  package let tag: Int?
  /// What the field holds in a new message.
  package let initial: any WireValue
  /// What a tagged field must hold to be left out; nil for other fields.
  package let taggedDefault: (any WireValue)?
}

/// Describes a message: visits its fields without reading or writing any bytes.
package struct ShapeRecorder: FieldCoder, ~Copyable {
  private var shapes: [FieldShape] = []

  /// The fields of `message`, in wire order, for all versions.
  package static func shape(of message: (some Message).Type) -> [FieldShape] {
    var recorder = ShapeRecorder()
    var subject = message.init()
    do { try subject.fields(&recorder) } catch { preconditionFailure("a recorder never throws") }
    return recorder.shapes
  }

  package mutating func field<Value: WireValue>(
    _ value: inout Value, in versions: Versions, nullable: Versions
  ) throws(WireError) {
    shapes.append(
      FieldShape(
        type: Value.wireType, versions: versions, nullable: Value.isNullable ? nullable : nil,
        tag: nil, initial: value, taggedDefault: nil))
  }

  package mutating func tagged<Value: WireValue>(
    _ tag: Int, _ value: inout Value, in versions: Versions, default defaultValue: Value
  ) throws(WireError) {
    shapes.append(
      FieldShape(
        type: Value.wireType, versions: versions, nullable: Value.isNullable ? versions : nil,
        tag: tag, initial: value, taggedDefault: defaultValue))
  }
}
