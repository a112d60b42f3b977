import Glibc  // exit and standard error: the program's own edge.
import Platform

/// The program: finds the command, runs it, and turns its errors into one line and an exit code.
@main
enum Main {
  static func main() {
    let status = run(Array(CommandLine.arguments.dropFirst()))
    // Not exit(3): its handlers take OpenSSL down, under a cold read that is still being signed on
    // another thread, say. What has to be durable is so by now.
    fflush(nil)
    _exit(status)
  }

  private static func run(_ words: [String]) -> Int32 {
    do {
      switch try CommandIndex.all.request(words) {
      case .read(let text, let isAnswer):
        print(text, terminator: "")
        return isAnswer ? 0 : 2
      case .run(let command, let rest):
        return try command.run(Arguments(rest, options: command.options))
      }
    } catch let error as UsageError {
      complain(error)
      return 2
    } catch {
      complain(error)
      return 1
    }
  }

  /// One line, whatever the error quotes: a file that is no text, a broker's own words.
  private static func complain(_ error: any Error) {
    var line = "varve: \(oneLine("\(error)"))\n"
    line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}

/// The version of this build.
let version = "0.1.0"

/// The text as one line without control characters, cut where nobody reads on.
func oneLine(_ text: String, limit: Int = 500) -> String {
  var line = String.UnicodeScalarView()
  for scalar in text.unicodeScalars.prefix(limit) {
    let isControl = scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
    line.append(isControl ? " " : scalar)
  }
  return String(line) + (text.unicodeScalars.count > limit ? " …" : "")
}
