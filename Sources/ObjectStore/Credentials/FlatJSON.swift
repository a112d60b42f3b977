/// The strings of a small JSON object, as credential endpoints answer with it (RFC 8259).
///
/// Members that are not strings are checked and left out; of two with one name the last counts.
/// Foundation's decoder is not for this layer.
struct FlatJSON {
  static let byteLimit = 64 * 1024
  private static let depthLimit = 16

  private(set) var strings: [String: String] = [:]
  private let bytes: [UInt8]
  private var position = 0

  /// nil when the bytes are no JSON object, or too many.
  init?(_ bytes: [UInt8]) {
    self.bytes = bytes
    guard bytes.count <= Self.byteLimit, String(validating: bytes, as: UTF8.self) != nil else {
      return nil
    }
    skipSpace()
    guard readObject(depth: 0) else { return nil }
    skipSpace()
    guard position == bytes.count else { return nil }
  }

  private mutating func readObject(depth: Int) -> Bool {
    guard skips("{") else { return false }
    skipSpace()
    if skips("}") { return true }
    repeat {
      skipSpace()
      guard let name = readString() else { return false }
      skipSpace()
      guard skips(":") else { return false }
      skipSpace()
      if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
        guard let value = readString() else { return false }
        if depth == 0 { strings[name] = value }
      } else {
        guard skipValue(depth: depth + 1) else { return false }
      }
      skipSpace()
    } while skips(",")
    return skips("}")
  }

  private mutating func skipValue(depth: Int) -> Bool {
    guard depth < Self.depthLimit, position < bytes.count else { return false }
    switch bytes[position] {
    case UInt8(ascii: "{"): return readObject(depth: depth)
    case UInt8(ascii: "["): return skipArray(depth: depth)
    case UInt8(ascii: "\""): return readString() != nil
    default:
      if skips("true") || skips("false") || skips("null") { return true }
      return skipNumber()
    }
  }

  private mutating func skipArray(depth: Int) -> Bool {
    guard skips("[") else { return false }
    skipSpace()
    if skips("]") { return true }
    repeat {
      skipSpace()
      guard skipValue(depth: depth + 1) else { return false }
      skipSpace()
    } while skips(",")
    return skips("]")
  }

  private mutating func skipNumber() -> Bool {
    let start = position
    while position < bytes.count, "+-.eE0123456789".utf8.contains(bytes[position]) { position += 1 }
    return Double(String(decoding: bytes[start..<position], as: UTF8.self)) != nil
  }

  private mutating func readString() -> String? {
    guard skips("\"") else { return nil }
    var text: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case 0..<0x20: return nil
      case UInt8(ascii: "\\"):
        guard let escaped = readEscape() else { return nil }
        text += escaped
      default: text.append(byte)
      }
    }
    return nil
  }

  private mutating func readEscape() -> [UInt8]? {
    guard position < bytes.count else { return nil }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0c]
    case UInt8(ascii: "n"): return [0x0a]
    case UInt8(ascii: "r"): return [0x0d]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"):
      guard var scalar = readHexadecimal() else { return nil }
      if (0xd800..<0xdc00).contains(scalar) {
        guard skips("\\u"), let low = readHexadecimal(), (0xdc00..<0xe000).contains(low) else {
          return nil
        }
        scalar = 0x10000 + (scalar - 0xd800) << 10 + (low - 0xdc00)
      }
      return Unicode.Scalar(scalar).map { Array(String(Character($0)).utf8) }
    default: return nil
    }
  }

  private mutating func readHexadecimal() -> UInt32? {
    guard bytes.count - position >= 4 else { return nil }
    let digits = bytes[position..<position + 4]
    guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
    position += 4
    return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
  }

  private mutating func skips(_ text: String) -> Bool {
    guard bytes[position...].starts(with: text.utf8) else { return false }
    position += text.utf8.count
    return true
  }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[position]) {
      position += 1
    }
  }
}
