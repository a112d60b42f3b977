import Testing

@testable import varve

struct MainTests {
  @Test func `an error stays on one line and has an end`() {
    #expect(oneLine("plain – text") == "plain – text")
    #expect(oneLine("a\nb\u{1b}[31m\u{7f}") == "a b [31m ")
    #expect(oneLine("abcdef", limit: 3) == "abc …")
  }
}
