/// Reads RE2's syntax.
struct PatternParser {
  /// RE2's own limits of `{n,m}` and of nesting.
  private static let maximumRepetition = 1000
  private static let maximumDepth = 250

  private static let lineEnd = ScalarSet("\n"..."\n")

  let scalars: [Unicode.Scalar]
  var position = 0
  var ignoresCase = false
  /// Whether `.` takes the end of a line too.
  private var isDotAll = false
  private var depth = 0

  init(_ text: String) { scalars = Array(text.unicodeScalars) }

  mutating func parse() throws(PatternError) -> PatternNode {
    let node = try parseChoice()
    if peek() == ")" { throw PatternError("unexpected )") }
    return node
  }

  func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
    position + ahead < scalars.count ? scalars[position + ahead] : nil
  }

  /// Goes over `text` if it comes next.
  mutating func take(_ text: String) -> Bool {
    let wanted = Array(text.unicodeScalars)
    guard scalars[position...].starts(with: wanted) else { return false }
    position += wanted.count
    return true
  }

  func set(of scalar: Unicode.Scalar) -> ScalarSet {
    var set = ScalarSet()
    set.insert(scalar.value)
    return ignoresCase ? set.ignoringCase : set
  }

  // MARK: Structure

  private mutating func parseChoice() throws(PatternError) -> PatternNode {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.maximumDepth else { throw PatternError("expression nests too deeply") }
    // Flags set in the middle of a group end with it.
    let outer = (ignoresCase, isDotAll)
    defer { (ignoresCase, isDotAll) = outer }
    var branches = [try parseSequence()]
    while take("|") { branches.append(try parseSequence()) }
    return branches.count == 1 ? branches[0] : .choice(branches)
  }

  private mutating func parseSequence() throws(PatternError) -> PatternNode {
    var nodes: [PatternNode] = []
    while let next = peek(), next != "|", next != ")" {
      if take("\\Q") {
        while position < scalars.count, !take("\\E") {
          nodes.append(.one(of: set(of: scalars[position])))
          position += 1
        }
        continue
      }
      nodes.append(try parseRepetitions(of: try parseAtom()))
    }
    return nodes.count == 1 ? nodes[0] : nodes.isEmpty ? .nothing : .sequence(nodes)
  }

  private mutating func parseRepetitions(
    of atom: PatternNode
  ) throws(PatternError) -> PatternNode {
    guard let (least, most) = try parseQuantifier() else { return atom }
    // Greedy or not is the same when whole names match.
    _ = take("?")
    if try parseQuantifier() != nil { throw PatternError("invalid nested repetition operator") }
    return .repetition(atom, least: least, most: most)
  }

  private mutating func parseQuantifier() throws(PatternError) -> (least: Int, most: Int?)? {
    switch peek() {
    case "*":
      position += 1
      return (0, nil)
    case "+":
      position += 1
      return (1, nil)
    case "?":
      position += 1
      return (0, 1)
    case "{": return try parseBounds()
    default: return nil
    }
  }

  /// `{n}`, `{n,}` or `{n,m}`; a brace that begins none of them stands for itself.
  private mutating func parseBounds() throws(PatternError) -> (least: Int, most: Int?)? {
    let start = position
    position += 1
    guard let least = parseNumber() else {
      position = start
      return nil
    }
    var most: Int? = least
    if take(",") { most = parseNumber() }
    guard take("}") else {
      position = start
      return nil
    }
    guard max(least, most ?? 0) <= Self.maximumRepetition, most.map({ $0 >= least }) ?? true else {
      throw PatternError("invalid repeat count")
    }
    return (least, most)
  }

  private mutating func parseNumber() -> Int? {
    var number: Int?
    while let digit = peek(), ("0"..."9").contains(digit) {
      // Beyond the limit the exact number does not matter.
      number = min((number ?? 0) * 10 + Int(digit.value - 48), 1_000_000)
      position += 1
    }
    return number
  }

  // MARK: Atoms

  private mutating func parseAtom() throws(PatternError) -> PatternNode {
    let scalar = scalars[position]
    switch scalar {
    case "(": return try parseGroup()
    case "[": return .one(of: try parseClass())
    case "\\": return try parseEscape()
    case "*", "+", "?": throw PatternError("missing argument to repetition operator: \(scalar)")
    default: break
    }
    position += 1
    switch scalar {
    case ".": return .one(of: isDotAll ? .all : Self.lineEnd.inverted)
    case "^": return .start
    case "$": return .end
    default: return .one(of: set(of: scalar))
    }
  }

  private mutating func parseGroup() throws(PatternError) -> PatternNode {
    position += 1
    let outer = (ignoresCase, isDotAll)
    if take("?") {
      if take("P<") || (peek() == "<" && peek(1) != "=" && peek(1) != "!" && take("<")) {
        try parseGroupName()
      } else if try parseFlags() {
        return .nothing
      }
    }
    let node = try parseChoice()
    guard take(")") else { throw PatternError("missing closing )") }
    (ignoresCase, isDotAll) = outer
    return node
  }

  private mutating func parseGroupName() throws(PatternError) {
    let start = position
    while let next = peek(), next != ">" {
      guard next.isASCII, ScalarSet.words.contains(next.value) else { break }
      position += 1
    }
    guard position > start, take(">") else { throw PatternError("invalid named capture") }
  }

  /// `flags:` of a group, or `flags)` that hold for what follows: then true.
  private mutating func parseFlags() throws(PatternError) -> Bool {
    var isOn = true
    while let flag = peek() {
      position += 1
      switch flag {
      case ":": return false
      case ")": return true
      case "-": isOn = false
      case "i": ignoresCase = isOn
      case "s": isDotAll = isOn
      // Whole names match, which are not taken for lines: these change nothing.
      case "m", "U": break
      default: throw PatternError("invalid or unsupported Perl syntax: (?\(flag)")
      }
    }
    throw PatternError("missing closing )")
  }
}
