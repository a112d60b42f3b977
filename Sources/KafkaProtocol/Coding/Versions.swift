/// The versions of a message that have a field, or in which it may be null: `3...` or `0...7`.
package struct Versions: Hashable, Sendable {
  package let first: Int16
  /// `Int16.max` when there is no last one.
  package let last: Int16

  @inline(__always)
  func contains(_ version: Int16) -> Bool { version >= first && version <= last }

  /// Every version.
  package static let all = Versions(first: 0, last: .max)
}

// These let `fields` functions say `in: 3...`. Internal, because elsewhere an unadorned range of
// Int16 should stay the standard library's.
extension Int16 {
  @inline(__always)
  static func ... (first: Int16, last: Int16) -> Versions { Versions(first: first, last: last) }

  @inline(__always)
  static postfix func ... (first: Int16) -> Versions { Versions(first: first, last: .max) }
}
