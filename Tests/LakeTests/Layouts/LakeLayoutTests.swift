import Foundation
import Platform
import Testing

@testable import Lake

struct LakeLayoutTests {
  private static let directory = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../layouts").standardized

  private func read(_ text: String) throws(UsageError) -> LakeLayout {
    try LakeLayout(json5: Array(text.utf8), name: "x", file: "layouts/x.json5")
  }

  @Test func `the built-in layouts are the files in layouts`() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.directory.path())
      .filter { $0.hasSuffix(".json5") }.map { String($0.dropLast(6)) }.sorted()
    #expect(names == LakeLayout.builtIn.map(\.name).sorted())
    for layout in LakeLayout.builtIn {
      let file = "\(layout.name).json5"
      let bytes = [UInt8](try Data(contentsOf: Self.directory.appending(path: file)))
      #expect(try LakeLayout(json5: bytes, name: layout.name, file: file) == layout)
    }
  }

  @Test func `what is left out has its default`() throws {
    var expected = LakeLayout.byPartition
    expected.name = "x"
    #expect(try read("{format: 1}") == expected)
    expected.level = 9
    expected.partitioning = []
    #expect(
      try read("/* c */ {'format': +1, \"compression\": {level: 9,}, partitioning: [],}")
        == expected)
  }

  @Test func `layouts make the partition specs that Iceberg knows`() throws {
    let spec = try LakeLayout.byHour.partitionSpec(of: .raw)
    #expect(spec.fields.map(\.name) == ["kafka_timestamp_hour"])
    #expect(spec.fields.map(\.sourceID) == [3])
    #expect(!spec.isByPartition)
    #expect(try LakeLayout.byPartition.partitionSpec(of: .raw).isByPartition)
  }

  @Test(arguments: [
    ("{\n format: 1,\n pagebytes: 1}", "x.json5:3: unknown key 'pagebytes'", "'pageBytes'"),
    ("{\n format: 1,\n zzzzzzzzzz: 1}", "x.json5:3: unknown key", "the keys are format"),
    (
      "{format: 1, compression: {\n codek: 'zstd'}}", "x.json5:2: unknown key", "'codec'"
    ),
    ("{format: 1,\n pageBytes: 9000,\n\n'pageBytes': 9000}", "x.json5:4", "first in line 2"),
    ("{format: 1,\n columns: 'avro'}", "x.json5:2: 'columns'", "raw"),
    ("{format: 2}", "x.json5:1: 'format'", "must be 1"),
    ("{\n}", "'format' is missing", ""),
    ("{format: 1,\n\n pageBytes: 12}", "x.json5:3: 'pageBytes' must lie between", "8192"),
    ("{format: 1,\n pageBytes: 'x'}", "x.json5:2: 'pageBytes' has a wrong value", ""),
    ("{format: 1, compression: {\n level: 77}}", "x.json5:2: 'compression.level'", "19"),
    ("{format: 1,\n partitioning: ['bucket(x)']}", "x.json5:2: 'partitioning'", "bucket(x)"),
    (
      "{format: 1, partitioning: ['day(kafka_timestamp)', 'hour(kafka_timestamp)']}",
      "x.json5:1: 'partitioning'", "once"
    ),
    ("{format: 1\n columns: 'raw'}", "x.json5:2: not JSON5", "','"),
    ("{format: 1,\n columns: 'ra\nw'}", "x.json5:2: not JSON5", "string"),
    ("{format: 1} /* x", "x.json5:1: not JSON5", "comment"),
    ("{format: 1} 2", "not JSON5: something after the end", ""),
    ("", "not JSON5", "missing"),
    ("[1]", "not a JSON5 object", ""),
  ])
  func `a bad layout is refused by file, line and word`(
    text: String, place: String, word: String
  ) {
    #expect {
      _ = try read(text)
    } throws: {
      "\($0)".contains(place) && (word.isEmpty || "\($0)".contains(word))
    }
  }

  @Test func `deep nesting and damaged text never crash`() {
    #expect(throws: UsageError.self) { try read(String(repeating: "[", count: 100_000)) }
    let whole = Array("{format: 1, 'a\\u0041': [1, {b: \"x\"}], /* c */ columns: 'raw'}".utf8)
    let random = SeededRandom(seed: 5)
    for _ in 0..<2_000 {
      var bytes = whole
      bytes[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next())
      _ = try? LakeLayout(json5: bytes, name: "x", file: "x")
    }
  }
}
