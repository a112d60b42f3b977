import Platform
import Testing

@testable import varve

struct ArgumentsTests {
  private let options = [
    Arguments.Option(name: "--partitions", value: "number", documentation: ""),
    Arguments.Option(name: "--config", value: "name=value", documentation: "", repeats: true),
    Arguments.Option(name: "--json", value: nil, documentation: ""),
  ]

  @Test func `options and operands may stand in any order, values after a blank or an equals sign`()
    throws
  {
    let arguments = try Arguments(
      ["--json", "orders", "--partitions=3", "--config", "a=b", "--config=c=d=e"], options: options)
    #expect(arguments.operands == ["orders"])
    #expect(arguments["--partitions"] == "3")
    #expect(try arguments.number("--partitions", in: 1...10) == 3)
    #expect(arguments.has("--json"))
    let pairs = try arguments.pairs("--config")
    #expect(pairs.map(\.name) == ["a", "c"])
    #expect(pairs.map(\.value) == ["b", "d=e"])
  }

  @Test(arguments: [
    (["--partition", "3"], "did you mean --partitions?"),
    (["--zebra"], "see --help"),
    (["--partitions"], "--partitions wants number"),
    (["--json=yes"], "--json takes no value"),
    (["--partitions", "1", "--partitions", "2"], "given twice"),
    (["-p", "3"], "options begin with --"),
  ])
  func `a mistake is named, with what was meant`(words: [String], part: String) {
    let error = #expect(throws: UsageError.self) { try Arguments(words, options: options) }
    #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
  }

  @Test(arguments: ["0", "11", "three", "", "3.5", "99999999999999999999"])
  func `a number out of its range is refused`(text: String) throws {
    let arguments = try Arguments(["--partitions", text], options: options)
    #expect(throws: UsageError.self) { try arguments.number("--partitions", in: 1...10) }
  }

  @Test(arguments: ["retention.ms", "=5", ""])
  func `a pair needs a name and an equals sign`(text: String) throws {
    let arguments = try Arguments(["--config", text], options: options)
    #expect(throws: UsageError.self) { try arguments.pairs("--config") }
  }

  @Test func `a command says which operand it misses, and which one is too many`() throws {
    let none = try Arguments([String](), options: options)
    let error = #expect(throws: UsageError.self) {
      try none.operand("topic", of: TopicDescribe.self)
    }
    #expect(error?.description == "which topic? (varve topic describe <topic>)")
    let two = try Arguments(["a", "b"], options: options)
    #expect(throws: UsageError.self) { try two.operand("topic", of: TopicDescribe.self) }
    #expect(throws: UsageError.self) { try two.refuseOperands(of: TopicList.self) }
  }
}
