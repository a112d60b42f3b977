import Testing

@testable import ObjectStore

struct FlatJSONTests {
  private func strings(_ text: String) -> [String: String]? { FlatJSON(Array(text.utf8))?.strings }

  @Test func `strings are read, everything else is skipped`() {
    let text = """
       {"a": "x\\"\\\\\\/\\n\\u00e4\\ud83e\\udea8", "n": -1.5e3, "t": true, "z": null,
        "o": {"a": "inner", "e": {}}, "l": [], "m": [1, "two", [false]], "b": "é"}

      """
    #expect(strings(text) == ["a": "x\"\\/\nä🪨", "b": "é"])
    #expect(strings("{}") == [:])
  }

  @Test(arguments: [
    "", "x", "[]", "\"a\"", "{", "}", "{\"a\"}", "{\"a\":}", "{\"a\":\"b\"", "{\"a\":\"b\",}",
    "{\"a\":\"b\"} x", "{a:1}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}", "{\"a\":\"\\ud800\"}",
    "{\"a\":\"\\ud800\\u0041\"}", "{\"a\":\"\n\"}", "{\"a\":tru}", "{\"a\":--1}", "{\"a\":[1,]}",
    "{\"a\":\"b\\", "{\"a\":\"\\u+123\"}",
  ])
  func `what is no JSON object is refused`(text: String) {
    #expect(strings(text) == nil)
  }

  @Test func `depth and size are bounded`() {
    let deep = "{\"a\":" + String(repeating: "[", count: 50_000)
    #expect(strings(deep) == nil)
    #expect(strings("{\"a\":\"\(String(repeating: "x", count: 70_000))\"}") == nil)
    #expect(FlatJSON([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]) == nil)
  }
}
