import Platform

/// The commands of the program, and what a line of words asks for.
struct CommandIndex {
  /// What the words ask for.
  enum Request {
    /// To run the command with the words that follow its name.
    case run(any Command.Type, [String])
    /// To read this; `isAnswer` when it was asked for, rather than the words not being enough.
    case read(String, isAnswer: Bool)
  }

  let commands: [any Command.Type]

  static let all = CommandIndex(commands: [
    Serve.self, TopicList.self, TopicDescribe.self, TopicCreate.self, TopicAlter.self,
    TopicDelete.self, LakeDescribe.self, Configs.self,
  ])

  /// - Throws: `UsageError` with the nearest command when there is none of that name.
  func request(_ words: [String]) throws(UsageError) -> Request {
    guard let first = words.first else { return .read(overview(of: commands), isAnswer: false) }
    if Self.isHelp(first) || first == "help" {
      let topic = words.dropFirst().filter { !$0.hasPrefix("-") }
      return topic.isEmpty
        ? .read(overview(of: commands), isAnswer: true) : try request(topic + ["--help"])
    }
    if first == "--version" { return .read("varve \(version)\n", isAnswer: true) }
    if let command = commands.first(where: { words.starts(with: $0.words) }) {
      let rest = Array(words.dropFirst(command.words.count))
      if rest.contains(where: Self.isHelp) { return .read(command.help, isAnswer: true) }
      return .run(command, rest)
    }
    let family = commands.filter { $0.words[0] == first && $0.words.count > 1 }
    if !family.isEmpty, words.dropFirst().allSatisfy(Self.isHelp) {
      return .read(overview(of: family), isAnswer: words.count > 1)
    }
    throw unknown(words, family)
  }

  private func unknown(_ words: [String], _ family: [any Command.Type]) -> UsageError {
    let asked = words.prefix(family.isEmpty ? 1 : 2).joined(separator: " ")
    let names = commands.map { $0.words.joined(separator: " ") }
    let longer = words.prefix(2).joined(separator: " ")
    let nearest = nearestName(to: asked, among: names) ?? nearestName(to: longer, among: names)
    let hint =
      nearest.map { "did you mean: varve \($0)?" }
      ?? "see: varve \(family.isEmpty ? "" : words[0] + " ")--help"
    return UsageError("there is no command '\(asked)'", hint: hint)
  }

  private static func isHelp(_ word: String) -> Bool { word == "--help" || word == "-h" }

  private func overview(of commands: [any Command.Type]) -> String {
    var text = "varve \(version): a Kafka broker whose log settles into a lake.\n\nCommands:\n"
    for command in commands {
      let name = "\(command.words.joined(separator: " ")) \(command.operands)"
      let first = command.summary.split(separator: "\n").first ?? ""
      text += "  \(name.padded(to: 24)) \(first)\n"
    }
    return text + """

      varve <command> --help says more. Exit codes: 0 done, 1 it failed, 2 it was asked wrongly.

      """
  }
}

extension String {
  /// The text with blanks up to `width`.
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
