import Platform
import Testing

@testable import varve

struct CommandIndexTests {
  private let index = CommandIndex.all

  @Test(arguments: [
    (["topic", "list"], "topic list", []),
    (["topic", "create", "a", "--json"], "topic create", ["a", "--json"]),
    (["lake", "describe", "a"], "lake describe", ["a"]),
    (["serve"], "serve", []),
  ])
  func `words find their command`(words: [String], name: String, rest: [String]) throws {
    guard case .run(let command, let left) = try index.request(words) else {
      Issue.record("no command")
      return
    }
    #expect(command.words.joined(separator: " ") == name)
    #expect(left == rest)
  }

  @Test(arguments: [
    (["--help"], "lake describe"), (["help"], "serve"), (["topic", "--help"], "topic alter"),
    (["topic", "alter", "-h"], "--unset"), (["help", "lake", "describe"], "last_commit_ms"),
    (["lake", "--help"], "lake describe"), (["--version"], "varve "),
    (["serve", "--set", "a=b", "--help"], "server.properties"),
  ])
  func `help is found wherever it is looked for`(words: [String], part: String) throws {
    guard case .read(let text, isAnswer: true) = try index.request(words) else {
      Issue.record("no help")
      return
    }
    #expect(text.contains(part))
  }

  @Test(arguments: [[], ["topic"], ["lake"]])
  func `too few words show what could follow`(words: [String]) throws {
    guard case .read(let text, isAnswer: false) = try index.request(words) else {
      Issue.record("no overview")
      return
    }
    #expect(text.contains("describe"))
  }

  @Test(arguments: [
    (["sreve"], "did you mean: varve serve?"), (["topic", "lst"], "varve topic list?"),
    (["topics", "list"], "varve topic list?"), (["lake", "zzzzzzzz"], "see: varve lake --help"),
    (["zzzzzzzzzz"], "see: varve --help"),
  ])
  func `a command that is not there names the nearest`(words: [String], part: String) {
    let error = #expect(throws: UsageError.self) { try index.request(words) }
    #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
  }

  @Test func `every help fits a terminal and ends with one newline`() {
    for command in index.commands {
      for line in command.help.split(separator: "\n") {
        #expect(line.count <= 110, "\(command.words): \(line)")
      }
      #expect(command.help.hasSuffix("\n") && !command.help.hasSuffix("\n\n"))
    }
  }
}
