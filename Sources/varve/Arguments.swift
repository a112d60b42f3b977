import Platform

/// Splits a command's words into options and operands, and checks them against what it takes.
struct Arguments {
  /// An option of a command.
  struct Option {
    let name: String
    /// What its value is called in the help; nil for a switch.
    let value: String?
    let documentation: String
    /// May be given several times.
    var repeats = false
  }

  private(set) var operands: [String] = []
  private var values: [String: [String]] = [:]

  /// - Throws: `UsageError` for an unknown option or a missing value.
  init(_ words: some Sequence<String>, options: [Option]) throws(UsageError) {
    var rest = Array(words)[...]
    while let word = rest.popFirst() {
      guard word.hasPrefix("--"), word.count > 2 else {
        guard !word.hasPrefix("-") || word == "-" else {
          throw UsageError("unknown option \(word)", hint: "options begin with --")
        }
        operands.append(word)
        continue
      }
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      guard let option = options.first(where: { $0.name == name }) else {
        let nearest = nearestName(to: name, among: options.map(\.name))
        throw UsageError(
          "unknown option \(name)", hint: nearest.map { "did you mean \($0)?" } ?? "see --help")
      }
      if option.value == nil {
        guard parts.count == 1 else { throw UsageError("\(name) takes no value") }
        values[name] = [""]
      } else {
        guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst() else {
          throw UsageError("\(name) wants \(option.value ?? "a value")")
        }
        guard option.repeats || values[name] == nil else {
          throw UsageError("\(name) is given twice")
        }
        values[name, default: []].append(value)
      }
    }
  }

  subscript(name: String) -> String? { values[name]?.last }
  func has(_ name: String) -> Bool { values[name] != nil }
  func all(_ name: String) -> [String] { values[name] ?? [] }
}
