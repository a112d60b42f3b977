/// Single values as bytes, for column bounds and partition summaries (spec, appendix D).
package enum SingleValue {
  /// An int or a date: 4 bytes, little-endian.
  package static func bytes(_ value: Int32) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  /// A long or a timestamp in microseconds: 8 bytes, little-endian.
  package static func bytes(_ value: Int64) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  /// Reads an int; nil when the width is wrong.
  package static func int(_ bytes: [UInt8]) -> Int32? {
    guard bytes.count == 4 else { return nil }
    return bytes.withUnsafeBytes { Int32(littleEndian: $0.loadUnaligned(as: Int32.self)) }
  }

  /// Reads a long, or an int that was promoted to one later; nil when the width is wrong.
  package static func long(_ bytes: [UInt8]) -> Int64? {
    if let narrow = int(bytes) { return Int64(narrow) }
    guard bytes.count == 8 else { return nil }
    return bytes.withUnsafeBytes { Int64(littleEndian: $0.loadUnaligned(as: Int64.self)) }
  }

  /// A lower bound of at most `maximumLength` characters (code points): a truncated text sorts
  /// before the whole one.
  package static func lowerBound(_ text: String, maximumLength: Int = 16) -> [UInt8] {
    Array(String(String.UnicodeScalarView(text.unicodeScalars.prefix(maximumLength))).utf8)
  }

  /// An upper bound of at most `maximumLength` characters: a truncated text is rounded *up*, by
  /// its last character that has a successor. Nil when none has: then there is no short bound.
  package static func upperBound(_ text: String, maximumLength: Int = 16) -> [UInt8]? {
    var scalars = Array(text.unicodeScalars.prefix(maximumLength))
    if scalars.count == text.unicodeScalars.count { return Array(text.utf8) }
    while let last = scalars.popLast() {
      // The surrogates are no characters: U+D7FF is followed by U+E000.
      let next = last.value == 0xd7ff ? 0xe000 : last.value + 1
      if let successor = Unicode.Scalar(next) {
        scalars.append(successor)
        return Array(String(String.UnicodeScalarView(scalars)).utf8)
      }
    }
    return nil
  }
}
