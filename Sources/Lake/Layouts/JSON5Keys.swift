import Platform

/// Finds the keys of a JSON5 document and the lines they stand in.
///
/// Source: https://spec.json5.org. It checks the structure (braces, commas, strings, comments) and
/// passes over the values; a decoder reads those.
struct JSON5Keys {
  /// A key and where it is; members of objects in arrays have the array's path.
  struct Key: Equatable {
    /// `compression.level`
    let path: String
    /// Counted from 1.
    let line: Int
  }

  private let bytes: [UInt8]
  private let file: String
  private var position = 0
  private var line = 1
  private var keys: [Key] = []

  private static let maximumDepth = 64

  static func scan(_ bytes: [UInt8], file: String) throws(UsageError) -> [Key] {
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw UsageError("not UTF-8", at: file)
    }
    var scanner = JSON5Keys(bytes: bytes, file: file)
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { scanner.position = 3 }
    try scanner.value(path: "", depth: 0)
    try scanner.skipBlanks()
    if scanner.position < bytes.count { throw scanner.error("something after the end") }
    return scanner.keys
  }

  private init(bytes: [UInt8], file: String) {
    self.bytes = bytes
    self.file = file
  }

  private func error(_ problem: String) -> UsageError {
    UsageError("not JSON5: \(problem)", at: "\(file):\(line)")
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func value(path: String, depth: Int) throws(UsageError) {
    guard depth < Self.maximumDepth else { throw error("nested too deeply") }
    try skipBlanks()
    switch next {
    case UInt8(ascii: "{"): try object(path, depth)
    case UInt8(ascii: "["): try array(path, depth)
    case UInt8(ascii: "\""), UInt8(ascii: "'"): _ = try string()
    case nil: throw error("a value is missing at the end")
    default:
      let word = name()
      if word.isEmpty { throw error("a value was expected") }
    }
  }

  private mutating func object(_ path: String, _ depth: Int) throws(UsageError) {
    position += 1
    while true {
      try skipBlanks()
      if take("}") { return }
      let keyLine = line
      let isQuoted = next == UInt8(ascii: "\"") || next == UInt8(ascii: "'")
      let key = isQuoted ? try string() : name()
      guard isQuoted || !key.isEmpty else { throw error("a key was expected") }
      let full = path.isEmpty ? key : "\(path).\(key)"
      keys.append(Key(path: full, line: keyLine))
      try skipBlanks()
      guard take(":") else { throw error("':' was expected after '\(key)'") }
      try value(path: full, depth: depth + 1)
      try skipBlanks()
      if take(",") { continue }
      guard take("}") else { throw error("',' or '}' was expected") }
      return
    }
  }

  private mutating func array(_ path: String, _ depth: Int) throws(UsageError) {
    position += 1
    while true {
      try skipBlanks()
      if take("]") { return }
      try value(path: path, depth: depth + 1)
      try skipBlanks()
      if take(",") { continue }
      guard take("]") else { throw error("',' or ']' was expected") }
      return
    }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  /// A bare word: an unquoted key, a number, `true`.
  private mutating func name() -> String {
    let start = position
    while let byte = next {
      let isPart =
        byte >= 0x80 || (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte)
        || (0x61...0x7a).contains(byte) || [0x2b, 0x2d, 0x2e, 0x5f, 0x24].contains(byte)
      if !isPart { break }
      position += 1
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  /// A quoted string, its escapes resolved as far as keys may need it.
  private mutating func string() throws(UsageError) -> String {
    let quote = bytes[position]
    position += 1
    var text: [UInt8] = []
    while let byte = next, byte != quote {
      position += 1
      switch byte {
      case 0x0a: throw error("a string does not end in its line")
      case 0x5c: text += try escape()
      default: text.append(byte)
      }
    }
    guard next == quote else { throw error("a string does not end") }
    position += 1
    return String(decoding: text, as: UTF8.self)
  }

  /// What follows a backslash.
  private mutating func escape() throws(UsageError) -> [UInt8] {
    guard let byte = next else { throw error("a string does not end") }
    position += 1
    switch byte {
    case 0x0a:
      line += 1
      return []
    case UInt8(ascii: "n"): return [0x0a]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "r"): return [0x0d]
    case UInt8(ascii: "u"), UInt8(ascii: "x"):
      let count = byte == UInt8(ascii: "u") ? 4 : 2
      guard position + count <= bytes.count,
        let code = UInt32(
          String(decoding: bytes[position..<position + count], as: UTF8.self), radix: 16)
      else { throw error("a bad escape") }
      position += count
      // Half of a surrogate pair names no character; no valid key has one.
      return Array(String(Character(Unicode.Scalar(code) ?? "\u{fffd}")).utf8)
    default: return [byte]
    }
  }

  /// Blanks and comments.
  private mutating func skipBlanks() throws(UsageError) {
    while let byte = next {
      switch byte {
      case 0x0a:
        line += 1
        position += 1
      case 0x20, 0x09, 0x0b, 0x0c, 0x0d: position += 1
      case UInt8(ascii: "/"): try comment()
      default: return
      }
    }
  }

  private mutating func comment() throws(UsageError) {
    guard position + 1 < bytes.count else { throw error("a lone '/'") }
    switch bytes[position + 1] {
    case UInt8(ascii: "/"):
      while let byte = next, byte != 0x0a { position += 1 }
    case UInt8(ascii: "*"):
      position += 2
      while position + 1 < bytes.count,
        bytes[position] != UInt8(ascii: "*") || bytes[position + 1] != UInt8(ascii: "/")
      {
        if bytes[position] == 0x0a { line += 1 }
        position += 1
      }
      guard position + 1 < bytes.count else { throw error("a comment does not end") }
      position += 2
    default: throw error("a lone '/'")
    }
  }
}
