import Platform

/// One of the program's commands.
protocol Command: SendableMetatype {
  /// The words that call it: `["topic", "list"]`.
  static var words: [String] { get }
  /// What stands for its operands in the help: `<topic>`.
  static var operands: String { get }
  /// What it does; the overview shows the first line.
  static var summary: String { get }
  /// What the help says after the options: meanings, examples, the fields of the JSON.
  static var details: String { get }
  static var options: [Arguments.Option] { get }
  /// Runs to the end and returns the exit code.
  static func run(_ arguments: Arguments) throws -> Int32
}

extension Command {
  static var operands: String { "" }
  static var details: String { "" }

  /// The help of this command alone.
  static var help: String {
    var text = "varve \(words.joined(separator: " "))"
    if !operands.isEmpty { text += " \(operands)" }
    if !options.isEmpty { text += " [options]" }
    text += "\n\n\(summary)\n"
    let all = options + [Arguments.Option(name: "--help", value: nil, documentation: "Shows this.")]
    let width = all.map { label($0).count }.max() ?? 0
    text += "\n"
    for option in all {
      let name = label(option)
      let blanks = String(repeating: " ", count: width - name.count + 2)
      text += "  \(name)\(blanks)\(option.documentation)\n"
    }
    return details.isEmpty ? text : "\(text)\n\(details)\n"
  }

  private static func label(_ option: Arguments.Option) -> String {
    option.value.map { "\(option.name) <\($0)>" } ?? option.name
  }
}
