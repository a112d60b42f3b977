import Testing

@testable import varve

struct TextTableTests {
  @Test func `columns are as wide as their widest cell, without blanks at the end`() {
    var table = TextTable([("NAME", .left), ("N", .right), ("WHAT", .left)])
    table.add(["a", "1000", ""])
    table.add(["longer", "2", "x"])
    #expect(
      table.text == """
        NAME       N  WHAT
        a       1000
        longer     2  x

        """)
  }

  @Test(
    arguments: [
      (0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (12_345_678, "12.3 MB"), (999_999, "999.9 kB"),
      (5_000_000_000_000, "5.0 TB"), (Int64.max, "9223.3 PB"),
    ] as [(Int64, String)])
  func `bytes have a unit and one decimal`(value: Int64, text: String) {
    #expect(Quantity.bytes(value) == text)
  }

  @Test(
    arguments: [
      (-5, "0 ms"), (999, "999 ms"), (1_000, "1 s"), (119_999, "119 s"), (120_000, "2 min"),
      (7_200_000, "2 h"), (200_000_000, "2 d"),
    ] as [(Int64, String)])
  func `durations have the largest unit that says enough`(value: Int64, text: String) {
    #expect(Quantity.duration(milliseconds: value) == text)
  }
}
