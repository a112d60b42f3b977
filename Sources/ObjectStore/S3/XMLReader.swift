/// Reads the little XML that S3 answers with, from bytes nobody vouches for.
///
/// A strict subset: UTF-8, elements, text, CDATA, the five named and the numeric references;
/// comments, processing instructions and attributes are skipped, namespaces ignored. DOCTYPE and
/// everything else is refused. Depth, number of elements and length of names are bounded, so that
/// memory stays within a small multiple of the document's.
struct XMLReader {
  struct Malformed: Error, Equatable {
    let position: Int
    let reason: String
  }

  enum Event: Equatable {
    case start(String)
    case text([UInt8])
    case end
  }

  static let depthLimit = 16
  static let elementLimit = 50_000
  static let nameLimit = 128

  private let bytes: [UInt8]
  private var position = 0
  private var open: [[UInt8]] = []
  private var elementCount = 0
  private var hasRoot = false
  /// An empty element (`<a/>`) is a start whose end is still owed.
  private var owesEnd = false

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { position = 3 }
  }

  /// The next event; nil after the end of the root element.
  mutating func next() throws(Malformed) -> Event? {
    if owesEnd {
      owesEnd = false
      open.removeLast()
      return .end
    }
    while position < bytes.count {
      if bytes[position] != UInt8(ascii: "<") {
        let text = try readText()
        if !open.isEmpty { return .text(text) }
        guard text.allSatisfy(Self.isSpace) else { throw complain("text outside the root") }
      } else if skips("<!--") {
        try skip(past: "-->")
      } else if skips("<?") {
        try skip(past: "?>")
      } else if !open.isEmpty, skips("<![CDATA[") {
        let start = position
        try skip(past: "]]>")
        return .text(Array(bytes[start..<position - 3]))
      } else if skips("</") {
        return try readEnd()
      } else {
        return try readStart()
      }
    }
    guard open.isEmpty, hasRoot else { throw complain("the document ends too early") }
    return nil
  }

  private mutating func readStart() throws(Malformed) -> Event {
    position += 1
    if open.isEmpty && hasRoot { throw complain("a second root") }
    hasRoot = true
    let name = try readName()
    elementCount += 1
    if open.count == Self.depthLimit { throw complain("too deep") }
    if elementCount > Self.elementLimit { throw complain("too many elements") }
    try skipAttributes()
    if skips("/>") {
      owesEnd = true
    } else if !skips(">") {
      throw complain("a tag does not end")
    }
    open.append(name)
    return .start(Self.localName(name))
  }

  private mutating func readEnd() throws(Malformed) -> Event {
    let name = try readName()
    while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
    guard skips(">"), open.popLast() == name else { throw complain("an end without its start") }
    return .end
  }

  private mutating func readName() throws(Malformed) -> [UInt8] {
    let start = position
    while position < bytes.count, Self.isName(bytes[position]) { position += 1 }
    guard position > start, position - start <= Self.nameLimit else {
      throw complain("not a name")
    }
    return Array(bytes[start..<position])
  }

  /// Skips `name="value"` pairs up to the tag's end.
  private mutating func skipAttributes() throws(Malformed) {
    while true {
      while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
      guard position < bytes.count else { throw complain("a tag does not end") }
      if bytes[position] == UInt8(ascii: ">") || bytes[position] == UInt8(ascii: "/") { return }
      _ = try readName()
      guard skips("=\"") || skips("='") else { throw complain("not an attribute") }
      let quote = bytes[position - 1]
      while position < bytes.count, bytes[position] != quote {
        if bytes[position] == UInt8(ascii: "<") { throw complain("'<' in an attribute") }
        position += 1
      }
      guard position < bytes.count else { throw complain("an attribute does not end") }
      position += 1
    }
  }

  private mutating func readText() throws(Malformed) -> [UInt8] {
    var text: [UInt8] = []
    while position < bytes.count, bytes[position] != UInt8(ascii: "<") {
      if bytes[position] == UInt8(ascii: "&") {
        text += try readReference()
      } else {
        text.append(bytes[position])
        position += 1
      }
    }
    return text
  }

  private mutating func readReference() throws(Malformed) -> [UInt8] {
    let window = bytes[position..<min(bytes.count, position + 12)]
    guard let end = window.firstIndex(of: UInt8(ascii: ";")) else {
      throw complain("a reference does not end")
    }
    let name = String(decoding: bytes[(position + 1)..<end], as: UTF8.self)
    let scalar: UInt32? =
      switch name {
      case "lt": 0x3c
      case "gt": 0x3e
      case "amp": 0x26
      case "quot": 0x22
      case "apos": 0x27
      default: Self.number(name)
      }
    guard let scalar, let character = Unicode.Scalar(scalar) else {
      throw complain("not a reference: &\(name);")
    }
    position = end + 1
    return Array(String(Character(character)).utf8)
  }

  /// `#65` or `#x41`.
  private static func number(_ name: String) -> UInt32? {
    let digits = name.utf8.dropFirst(name.hasPrefix("#x") ? 2 : 1)
    let isPlain = digits.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }
    guard name.hasPrefix("#"), isPlain else { return nil }
    return UInt32(Substring(digits), radix: name.hasPrefix("#x") ? 16 : 10)
  }

  private mutating func skips(_ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    let wanted = UnsafeBufferPointer(start: text.utf8Start, count: count)
    guard bytes.count - position >= count,
      bytes[position..<position + count].elementsEqual(wanted)
    else { return false }
    position += count
    return true
  }

  private mutating func skip(past text: StaticString) throws(Malformed) {
    while position < bytes.count {
      if skips(text) { return }
      position += 1
    }
    throw complain("the document ends before '\(text)'")
  }

  private func complain(_ reason: String) -> Malformed {
    Malformed(position: position, reason: reason)
  }

  private static func localName(_ name: [UInt8]) -> String {
    let start = name.lastIndex(of: UInt8(ascii: ":")).map { $0 + 1 } ?? 0
    return String(decoding: name[start...], as: UTF8.self)
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d
  }

  private static func isName(_ byte: UInt8) -> Bool {
    (0x61...0x7a).contains(byte) || (0x41...0x5a).contains(byte) || (0x30...0x39).contains(byte)
      || byte == 0x2d || byte == 0x2e || byte == 0x5f || byte == 0x3a || byte >= 0x80
  }
}
