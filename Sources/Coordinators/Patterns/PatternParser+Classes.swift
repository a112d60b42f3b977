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
  private mutating func parseClassEscape() throws(PatternError) -> ScalarSet? {
    guard peek() == "\\", let letter = peek(1) else { return nil }
    let set: ScalarSet
    switch letter {
    case "d": set = .digits
    case "D": set = ScalarSet.digits.inverted
    case "w": set = .words
    case "W": set = ScalarSet.words.inverted
    case "s": set = .spaces
    case "S": set = ScalarSet.spaces.inverted
    case "p", "P":
      position += 2
      let named = try parseUnicodeClass()
      return letter == "p" ? named : named.inverted
    default: return nil
    }
    position += 2
    return set
  }

  private mutating func parseUnicodeClass() throws(PatternError) -> ScalarSet {
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
    let set: ScalarSet
    switch isInverted ? String(name.dropFirst()) : name {
    case "L": set = UnicodeClasses.all.letters
    case "Lu": set = UnicodeClasses.all.upper
    case "Ll": set = UnicodeClasses.all.lower
    case "N": set = UnicodeClasses.all.numbers
    case "Nd": set = UnicodeClasses.all.digits
    case "P": set = UnicodeClasses.all.punctuation
    default: throw PatternError("unknown Unicode class \(name)")
    }
    return isInverted ? set.inverted : set
  }

  private static func set(of text: String) -> ScalarSet {
    var set = ScalarSet()
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
    case _ where letter.isASCII && !ScalarSet.words.contains(letter.value), "_":
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

  mutating func parseClass() throws(PatternError) -> ScalarSet {
    position += 1
    let isInverted = take("^")
    var set = ScalarSet()
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

  private mutating func parseRange() throws(PatternError) -> ScalarSet {
    let first = try parseClassScalar()
    guard peek() == "-", let next = peek(1), next != "]" else {
      var set = ScalarSet()
      set.insert(first.value)
      return set
    }
    position += 1
    let last = try parseClassScalar()
    guard first <= last else { throw PatternError("invalid character class range") }
    return ScalarSet(first...last)
  }

  private mutating func parseClassScalar() throws(PatternError) -> Unicode.Scalar {
    guard let scalar = peek() else { throw PatternError("missing closing ]") }
    if scalar == "\\" { return try parseEscapedScalar() }
    position += 1
    return scalar
  }

  /// `[:alpha:]` inside a class; nil when no such thing is there.
  private mutating func parseNamedClass() throws(PatternError) -> ScalarSet? {
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

  private static let namedClasses: [String: ScalarSet] = [
    "alnum": ScalarSet.letters.union(.digits), "alpha": .letters, "ascii": .ascii,
    "blank": set(of: " \t"), "cntrl": ScalarSet(UInt32(0)...31).union(ScalarSet(UInt32(127)...127)),
    "digit": .digits, "graph": ScalarSet("!"..."~"), "lower": .lower, "print": ScalarSet(" "..."~"),
    "punct": ScalarSet("!"..."/").union(ScalarSet(":"..."@")).union(ScalarSet("["..."`"))
      .union(ScalarSet("{"..."~")),
    "space": ScalarSet.spaces.union(ScalarSet(UInt32(11)...11)), "upper": .upper, "word": .words,
    "xdigit": ScalarSet.digits.union(ScalarSet("a"..."f")).union(ScalarSet("A"..."F")),
  ]
}
