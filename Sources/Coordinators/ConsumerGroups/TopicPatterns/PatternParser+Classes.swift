// Escapes and character classes.
extension PatternParser {
  mutating func parseEscape() throws(PatternError) -> PatternNode {
    switch peek(1) {
    case "b":
      position += 2
      return .wordBoundary(true)
    case "B":
      position += 2
      return .wordBoundary(false)
    case "A":
      position += 2
      return .start
    case "z":
      position += 2
      return .end
    default: break
    }
    if let set = try parseClassEscape() { return .one(of: ignoresCase ? set.ignoringCase : set) }
    return .one(of: set(of: try parseEscapedScalar()))
  }

  /// `\d`, `\pL` and the like; nil when the escape is of one character.
  private mutating func parseClassEscape() throws(PatternError) -> ASCIISet? {
    guard peek() == "\\", let letter = peek(1) else { return nil }
    let set: ASCIISet
    switch letter {
    case "d": set = .digits
    case "D": set = ASCIISet.digits.inverted
    case "w": set = .words
    case "W": set = ASCIISet.words.inverted
    case "s": set = .spaces
    case "S": set = ASCIISet.spaces.inverted
    case "p", "P":
      position += 2
      let named = try parseUnicodeClass()
      return letter == "p" ? named : named.inverted
    default: return nil
    }
    position += 2
    return set
  }

  private mutating func parseUnicodeClass() throws(PatternError) -> ASCIISet {
    var name = ""
    if take("{") {
      while let next = peek(), next != "}" {
        name.unicodeScalars.append(next)
        position += 1
      }
      guard take("}") else { throw PatternError("invalid character class range") }
    } else if let letter = peek() {
      name.unicodeScalars.append(letter)
      position += 1
    }
    let isInverted = name.hasPrefix("^")
    let set: ASCIISet
    switch isInverted ? String(name.dropFirst()) : name {
    case "L": set = .letters
    case "Lu": set = .upper
    case "Ll": set = .lower
    case "N", "Nd": set = .digits
    case "P": set = Self.punctuation
    default: throw PatternError("unknown Unicode class \(name)")
    }
    return isInverted ? set.inverted : set
  }

  private static let punctuation = set(of: "!\"#%&'()*,-./:;?@[\\]_{}")

  private static func set(of text: String) -> ASCIISet {
    var set = ASCIISet()
    for scalar in text.unicodeScalars { set.insert(scalar.value) }
    return set
  }

  /// One character after a backslash.
  private mutating func parseEscapedScalar() throws(PatternError) -> Unicode.Scalar {
    position += 1
    guard let letter = peek() else { throw PatternError("trailing \\") }
    position += 1
    switch letter {
    case "a": return "\u{7}"
    case "f": return "\u{c}"
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "v": return "\u{b}"
    case "x": return try parseHexadecimal()
    case "0"..."7": return try parseOctal(letter)
    case _ where letter.isASCII && !ASCIISet.words.contains(UInt8(letter.value)), "_":
      return letter
    default: throw PatternError("invalid escape sequence: \\\(letter)")
    }
  }

  private mutating func parseHexadecimal() throws(PatternError) -> Unicode.Scalar {
    var digits = ""
    if take("{") {
      while let next = peek(), next != "}" {
        digits.unicodeScalars.append(next)
        position += 1
      }
      guard take("}") else { throw PatternError("invalid escape sequence: \\x") }
    } else {
      for _ in 0..<2 {
        guard let next = peek() else { break }
        digits.unicodeScalars.append(next)
        position += 1
      }
      guard digits.count == 2 else { throw PatternError("invalid escape sequence: \\x") }
    }
    guard let code = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(code) else {
      throw PatternError("invalid escape sequence: \\x")
    }
    return scalar
  }

  private mutating func parseOctal(_ first: Unicode.Scalar) throws(PatternError) -> Unicode.Scalar {
    // A single digit other than 0 would be a backreference.
    if first != "0", peek().map({ ("0"..."7").contains($0) }) != true {
      throw PatternError("invalid escape sequence: \\\(first)")
    }
    var code = first.value - 48
    for _ in 0..<2 {
      guard let next = peek(), ("0"..."7").contains(next) else { break }
      code = code * 8 + next.value - 48
      position += 1
    }
    return Unicode.Scalar(code) ?? "\0"
  }

  // MARK: [...]

  mutating func parseClass() throws(PatternError) -> ASCIISet {
    position += 1
    let isInverted = take("^")
    var set = ASCIISet()
    var isFirst = true
    while isFirst || peek() != "]" {
      guard peek() != nil else { throw PatternError("missing closing ]") }
      isFirst = false
      if peek() == "[", peek(1) == ":", let named = try parseNamedClass() {
        set = set.union(named)
      } else if let escaped = try parseClassEscape() {
        set = set.union(escaped)
      } else {
        set = set.union(try parseRange())
      }
    }
    position += 1
    if ignoresCase { set = set.ignoringCase }
    return isInverted ? set.inverted : set
  }

  private mutating func parseRange() throws(PatternError) -> ASCIISet {
    let first = try parseClassScalar()
    guard peek() == "-", let next = peek(1), next != "]" else {
      var set = ASCIISet()
      set.insert(first.value)
      return set
    }
    position += 1
    let last = try parseClassScalar()
    guard first <= last else { throw PatternError("invalid character class range") }
    return first.isASCII ? ASCIISet(first.value...min(last.value, 127)) : .empty
  }

  private mutating func parseClassScalar() throws(PatternError) -> Unicode.Scalar {
    guard let scalar = peek() else { throw PatternError("missing closing ]") }
    if scalar == "\\" { return try parseEscapedScalar() }
    position += 1
    return scalar
  }

  /// `[:alpha:]` inside a class; nil when no such thing is there.
  private mutating func parseNamedClass() throws(PatternError) -> ASCIISet? {
    let rest = scalars[(position + 2)...]
    guard let end = rest.indices.first(where: { rest[$0] == ":" && $0 + 1 < scalars.count }),
      scalars[end + 1] == "]"
    else { return nil }
    var name = ""
    name.unicodeScalars.append(contentsOf: rest[..<end])
    let isInverted = name.hasPrefix("^")
    guard let set = Self.namedClasses[isInverted ? String(name.dropFirst()) : name] else {
      throw PatternError("invalid character class range")
    }
    position = end + 2
    return isInverted ? set.inverted : set
  }

  private static let namedClasses: [String: ASCIISet] = [
    "alnum": ASCIISet.letters.union(.digits), "alpha": .letters, "ascii": .all,
    "blank": set(of: " \t"), "cntrl": ASCIISet(0...31).union(ASCIISet(127...127)),
    "digit": .digits, "graph": ASCIISet("!"..."~"), "lower": .lower, "print": ASCIISet(" "..."~"),
    "punct": ASCIISet("!"..."/").union(ASCIISet(":"..."@")).union(ASCIISet("["..."`"))
      .union(ASCIISet("{"..."~")),
    "space": ASCIISet.spaces.union(ASCIISet(11...11)), "upper": .upper, "word": .words,
    "xdigit": ASCIISet.digits.union(ASCIISet("a"..."f")).union(ASCIISet("A"..."F")),
  ]
}
