/// What a message's `fields` function is visited by: it decodes, encodes or describes each field in
/// turn. Compact lengths, tagged fields and nullability are its business.
package typealias Coder = FieldCoder & ~Copyable & ~Escapable

/// The calls of a `Coder`; see there.
package protocol FieldCoder: ~Copyable, ~Escapable {
  /// Visits a field that stands at its place in `versions` and may be null in `nullable`.
  mutating func field<Value: WireValue>(
    _ value: inout Value, in versions: Versions, nullable: Versions
  ) throws(WireError)

  /// Visits a tagged field: after all others of its structure, by ascending tag, and left out of
  /// the message when it equals `defaultValue` (KIP-482).
  mutating func tagged<Value: WireValue>(
    _ tag: Int, _ value: inout Value, in versions: Versions, default defaultValue: Value
  ) throws(WireError)
}

extension FieldCoder where Self: ~Copyable & ~Escapable {
  /// Visits a field that every version has.
  mutating func field<Value: WireValue>(_ value: inout Value) throws(WireError) {
    try field(&value, in: .all, nullable: .all)
  }

  /// Visits a field that `versions` have; an optional one may be null in all of them.
  mutating func field<Value: WireValue>(
    _ value: inout Value, in versions: Versions
  ) throws(WireError) {
    try field(&value, in: versions, nullable: versions)
  }

  /// Visits a field that every version has and that may be null in `nullable`.
  mutating func field<Value: WireValue>(
    _ value: inout Value, nullable: Versions
  ) throws(WireError) {
    try field(&value, in: .all, nullable: nullable)
  }

  /// Visits a tagged field whose default is zero, empty, null or a default structure.
  mutating func tagged<Value: WireValue>(
    _ tag: Int, _ value: inout Value, in versions: Versions
  ) throws(WireError) {
    try tagged(tag, &value, in: versions, default: Value.absent)
  }
}
