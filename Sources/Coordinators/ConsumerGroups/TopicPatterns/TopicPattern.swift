/// A regular expression over whole topic names, in RE2's syntax (KIP-848 asks for RE2/J).
///
/// Names are ASCII, and a name matches whole or not at all: which of several ways to match is the
/// best does not matter. That leaves a plain automaton of all states at once, whose time is linear
/// in name and pattern, whatever a client sends.
///
/// Beyond what RE2 itself refuses (backreferences, look-around), Unicode classes other than
/// `L`, `Lu`, `Ll`, `N`, `Nd` and `P` are refused here.
package struct TopicPattern: Sendable {
  private let program: PatternProgram

  /// - Throws: `PatternError` with the reason in words.
  package init(_ text: String) throws(PatternError) {
    var parser = PatternParser(text)
    program = try PatternProgram(try parser.parse())
  }

  /// Whether the whole name matches.
  package func matches(_ name: String) -> Bool { program.matches(Array(name.utf8)) }
}

/// Why a regular expression is none.
package struct PatternError: Error, Equatable, Sendable {
  package let reason: String
  init(_ reason: String) { self.reason = reason }
}

/// A parsed pattern.
indirect enum PatternNode: Equatable, Sendable {
  case nothing
  case one(of: ASCIISet)
  case start
  case end
  case wordBoundary(Bool)
  case sequence([PatternNode])
  case choice([PatternNode])
  case repetition(PatternNode, least: Int, most: Int?)
}
