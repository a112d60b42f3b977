import Glibc  // exit and standard error: the program's own edge.
import Platform

/// The program: finds the command, runs it, and turns its errors into one line and an exit code.
@main
enum Main {
  private static let commands: [any Command.Type] = [Serve.self, Configs.self]

  static func main() {
    exit(run(Array(CommandLine.arguments.dropFirst())))
  }

  private static func run(_ words: [String]) -> Int32 {
    if words.isEmpty || words[0] == "--help" || words[0] == "help" {
      print(overview(), terminator: "")
      return words.isEmpty ? 2 : 0
    }
    if words[0] == "--version" {
      print("varve \(version)")
      return 0
    }
    guard let command = commands.first(where: { words.starts(with: $0.words) }) else {
      let nearest = nearestName(
        to: words.joined(separator: " "), among: commands.map { $0.words.joined(separator: " ") })
      return fail(
        UsageError(
          "there is no command '\(words[0])'",
          hint: nearest.map { "did you mean: varve \($0)?" } ?? "see: varve --help"))
    }
    let rest = Array(words.dropFirst(command.words.count))
    if rest.contains("--help") {
      print(command.help, terminator: "")
      return 0
    }
    do {
      return try command.run(Arguments(rest, options: command.options))
    } catch let error as UsageError {
      return fail(error)
    } catch {
      complain(error)
      return 1
    }
  }

  private static func fail(_ error: UsageError) -> Int32 {
    complain(error)
    return 2
  }

  private static func complain(_ error: any Error) {
    var line = "varve: \(error)\n"
    line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }

  private static func overview() -> String {
    var text = "varve \(version): a Kafka broker whose log settles into a lake.\n\nCommands:\n"
    for command in commands {
      let name = "\(command.words.joined(separator: " ")) \(command.operands)"
      let first = command.summary.split(separator: "\n").first ?? ""
      text += "  \(name.padded(to: 28)) \(first)\n"
    }
    return text + "\nvarve <command> --help says more.\n"
  }
}

/// The version of this build.
let version = "0.1.0"

extension String {
  /// The text with blanks up to `width`.
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
