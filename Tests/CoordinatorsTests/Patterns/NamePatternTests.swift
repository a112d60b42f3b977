import Testing

@testable import Coordinators

struct NamePatternTests {
  static let matches: [(pattern: String, yes: [String], no: [String])] = [
    ("", [""], ["a"]),
    ("abc", ["abc"], ["ab", "abcd", "xabc"]),
    ("a.c", ["abc", "a.c"], ["ac", "abbc"]),
    ("a\\.c", ["a.c"], ["abc"]),
    ("orders.*", ["orders", "orders-eu"], ["order", "my-orders"]),
    ("(orders|bills)-[0-9]+", ["orders-1", "bills-42"], ["orders-", "bills-x", "orders-1a"]),
    ("a|b|", ["a", "b", ""], ["ab"]),
    ("a*b+c?", ["b", "aab", "bbc", "abc"], ["a", "ac", "abcc"]),
    ("a{2}", ["aa"], ["a", "aaa"]), ("a{2,}", ["aa", "aaaa"], ["a"]),
    ("a{1,2}b", ["ab", "aab"], ["b", "aaab"]), ("a{,2}", ["a{,2}"], ["", "a", "aa"]),
    ("a{x", ["a{x"], ["a"]), ("a*?b", ["b", "aab"], ["a"]),
    ("[a-c_]+", ["abc_"], ["abd", ""]), ("[^a-c]", ["d", "-"], ["a"]),
    ("[]a]", ["]", "a"], ["b"]), ("[a-]", ["a", "-"], ["b"]), ("[\\d-]+", ["1-2"], ["a"]),
    ("[[:alpha:]]+[[:^digit:]]", ["ab", "a-"], ["a1"]),
    ("\\d\\w\\D", ["1a-", "2_x"], ["aa-", "1a1"]), ("\\x61\\x{62}\\143", ["abc"], ["ABC"]),
    ("\\pL+\\p{Nd}", ["ab1"], ["1", "a-1"]), ("\\PL", ["1"], ["a"]),
    ("(?i)abc", ["ABC", "aBc"], ["abd"]), ("(?i:a)b", ["Ab", "ab"], ["AB"]),
    ("((?i)a)b", ["Ab"], ["AB"]), ("a(?i)b|c", ["aB", "C"], ["AB"]),
    ("(?P<name>a)(?<other>b)", ["ab"], ["a"]), ("(?:ab)+", ["abab"], ["aba"]),
    ("^a$", ["a"], ["^a$"]), ("a^b", [], ["ab", "a^b"]), ("\\Aa\\z", ["a"], ["b"]),
    ("\\bab\\b-\\Bx", [], ["ab-x"]), ("ab\\b-x", ["ab-x"], ["ab-"]), ("a\\Bb", ["ab"], ["a-b"]),
    ("\\Qa.b\\Ec", ["a.bc"], ["axbc"]), ("(a*)*", ["", "aaa"], ["b"]),
    ("größe", ["größe"], ["gro", "grosse"]),
    ("a.c", ["aéc", "a😀c"], ["a\nc", "aééc"]), ("(?s)a.c(?-s:.)", ["a\ncd"], ["a\nc\n"]),
    ("[à-ü]+", ["éü"], ["e", "ÿ"]), ("[^é]", ["e", "è"], ["é"]), ("(?i)é[Ä]", ["Éä"], ["eÄ"]),
    ("\\pL+\\P{Lu}", ["aé", "ß日"], ["aÉ"]), ("\\w\\W", ["aé"], ["éa"]),
    ("\\p{N}\\pP", ["½—", "1."], ["a."]), ("\\p{Nd}", ["٣"], ["½"]),
    ("[[:^ascii:]]", ["é"], ["e"]), ("\\x{1F600}", ["😀"], ["😁"]),
  ]

  @Test(arguments: matches.indices)
  func `whole names match as in RE2`(_ index: Int) throws {
    let (text, yes, no) = Self.matches[index]
    let pattern = try NamePattern(text)
    for name in yes { #expect(pattern.matches(name), "\(text) ~ \(name)") }
    for name in no { #expect(!pattern.matches(name), "\(text) !~ \(name)") }
  }

  @Test(arguments: [
    "(", ")", "a)", "[", "[a", "[b-a]", "*", "a**", "a{2}{3}", "+a", "a{1001}", "a{3,2}", "\\",
    "\\1", "(?=a)", "(?!a)", "(?<=a)", "(?z)", "(?P<a", "\\p{Greek}", "[[:foo:]]", "\\y", "\\xg",
    "(((a{1000}){1000}){1000})",
  ])
  func `what RE2 refuses is refused`(_ text: String) {
    #expect(throws: PatternError.self) { try NamePattern(text) }
  }

  @Test func `hostile expressions take no time`() throws {
    let name = String(repeating: "a", count: 249)
    #expect(!(try NamePattern("(a+)+(a+)+b").matches(name)))
    #expect(!(try NamePattern("(a|aa)*(a|aa)*b").matches(name)))
    #expect(try NamePattern("((((()*)*)*)*){1000}a*").matches(name))
    _ = try NamePattern("(((){1000}){1000}){1000}")
    #expect(throws: PatternError.self) {
      try NamePattern(String(repeating: "(", count: 300) + String(repeating: ")", count: 300))
    }
  }
}
