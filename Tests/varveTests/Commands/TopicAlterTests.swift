import Platform
import Testing

@testable import varve

struct TopicAlterTests {
  @Test func `settings and removals are collected under Varve's and Kafka's names`() throws {
    let arguments = try Arguments(
      ["t", "--set", "a=1", "--config", "b=x=y", "--unset", "c", "--delete-config", "d"],
      options: TopicAlter.options)
    #expect(
      try TopicAlter.changes(arguments) == [
        .set(name: "a", value: "1"), .set(name: "b", value: "x=y"), .unset(name: "c"),
        .unset(name: "d"),
      ])
  }

  @Test(arguments: [
    ["--set", "a=1", "--unset", "a"], ["--set", "a=1", "--config", "a=2"], ["--unset", "a=1"],
    ["--set", "a"],
  ])
  func `contradictions are refused before anything is asked`(words: [String]) throws {
    let arguments = try Arguments(words, options: TopicAlter.options)
    #expect(throws: UsageError.self) { try TopicAlter.changes(arguments) }
  }
}
