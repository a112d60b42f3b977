/// Which bytes of an object a read wants.
package enum ObjectRange: Sendable, Equatable {
  case whole
  /// Bytes counted from the start; must not be empty. Cut at the object's end.
  case bytes(Range<Int64>)
  /// The last bytes, at most this many (positive).
  case suffix(Int64)

  /// The bytes meant in an object of `byteCount` bytes; nil when there are none (HTTP's 416).
  package func resolved(in byteCount: Int64) -> Range<Int64>? {
    switch self {
    case .whole: return 0..<byteCount
    case .bytes(let range):
      guard range.lowerBound >= 0, !range.isEmpty, range.lowerBound < byteCount else { return nil }
      return range.lowerBound..<min(range.upperBound, byteCount)
    case .suffix(let count):
      guard count > 0, byteCount > 0 else { return nil }
      return max(0, byteCount - count)..<byteCount
    }
  }

  /// The error for a range that no byte of the object lies in.
  static func unsatisfiable(_ key: String, _ range: ObjectRange) -> ObjectStoreError {
    ObjectStoreError(.invalid, key: key, "no byte of the object lies in \(range)")
  }
}
