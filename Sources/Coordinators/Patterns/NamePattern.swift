/// A regular expression over whole names of topics or transactional ids, in RE2's syntax (KIP-848
/// and KIP-1152 ask for RE2/J).
///
/// A name matches whole or not at all: which of several ways to match is the best does not matter.
/// That leaves a plain automaton of all states at once, whose time is linear in name and pattern,
/// whatever a client sends.
///
/// Beyond what RE2 itself refuses (backreferences, look-around), Unicode classes other than
/// `L`, `Lu`, `Ll`, `N`, `Nd` and `P` are refused here. `^` and `$` are the ends of the name under
/// the flag `m` too.
package struct NamePattern: Sendable {
  private let program: PatternProgram

  /// - Throws: `PatternError` with the reason in words.
  package init(_ text: String) throws(PatternError) {
    var parser = PatternParser(text)
    program = try PatternProgram(try parser.parse())
  }

  /// Whether the whole name matches.
  package func matches(_ name: String) -> Bool {
    program.matches(name.unicodeScalars.map(\.value))
  }

  /// The most steps that matching a name may take.
  package func steps(for name: String) -> Int { program.length * (name.utf8.count + 1) }
}

/// Why a regular expression is none.
package struct PatternError: Error, Equatable, Sendable {
  package let reason: String
  init(_ reason: String) { self.reason = reason }
}

/// A parsed pattern.
indirect enum PatternNode: Equatable, Sendable {
  case nothing
  case one(of: ScalarSet)
  case start
  case end
  case wordBoundary(Bool)
  case sequence([PatternNode])
  case choice([PatternNode])
  case repetition(PatternNode, least: Int, most: Int?)
}
