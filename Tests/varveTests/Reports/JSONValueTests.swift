import Testing

@testable import varve

struct JSONValueTests {
  @Test func `fields keep their order, and flat objects their line`() {
    let value = JSONValue.object([
      .init("z", .integer(1)), .init("a", .null),
      .init("list", .array([.object([.init("b", .bool(true))]), .object([])])),
      .init("plain", .array([.integer(1), .integer(-2)])),
      .init("none", .array([])),
    ])
    #expect(
      value.text() == """
        {
          "z": 1,
          "a": null,
          "list": [
            {"b": true},
            {}
          ],
          "plain": [1, -2],
          "none": []
        }
        """)
  }

  @Test func `text is escaped`() {
    #expect(JSONValue.string("a\"b\\c\n\t\u{1}é\u{7f}").text() == #""a\"b\\c\n\t\u0001é\#u{7f}""#)
  }
}
