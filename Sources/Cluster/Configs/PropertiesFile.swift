import Platform

/// Reads a `server.properties` file: `key=value` lines, `#` and `!` comments, `\` at a line's end
/// continues it (the format of java.util.Properties, without Unicode escapes).
package struct PropertiesFile: Sendable {
  package struct Entry: Sendable {
    package let name: String
    package let value: String
    /// The line the entry starts on, from 1.
    package let line: Int
  }

  package let path: String
  package private(set) var entries: [Entry] = []

  /// - Throws: `UsageError` for a line without `=`, an empty name or a name given twice.
  package init(path: String, text: String) throws(UsageError) {
    self.path = path
    var seen: [String: Int] = [:]
    for (line, content) in Self.logicalLines(text) {
      guard let separator = content.firstIndex(where: { $0 == "=" || $0 == ":" }) else {
        throw UsageError(
          "'\(content)' is not name=value", at: "\(path):\(line)",
          hint: "put a # before a comment")
      }
      let name = trimmed(content[..<separator])
      let value = trimmed(content[content.index(after: separator)...])
      guard !name.isEmpty else {
        throw UsageError("a value without a name", at: "\(path):\(line)")
      }
      if let first = seen[name] {
        throw UsageError(
          "\(name) is set twice", at: "\(path):\(line)", hint: "first on line \(first)")
      }
      seen[name] = line
      entries.append(Entry(name: name, value: value, line: line))
    }
  }

  /// Lines without comments and blanks, continuation lines joined.
  private static func logicalLines(_ text: String) -> [(Int, String)] {
    var result: [(Int, String)] = []
    var open: (line: Int, text: String)?
    let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
    for (index, raw) in lines.enumerated() {
      var content = trimmed(raw)
      if open == nil, content.isEmpty || content.hasPrefix("#") || content.hasPrefix("!") {
        continue
      }
      let continues = content.hasSuffix("\\")
      if continues { content.removeLast() }
      let joined = (open?.text ?? "") + content
      let first = open?.line ?? index + 1
      if continues {
        open = (first, joined)
      } else {
        result.append((first, joined))
        open = nil
      }
    }
    if let open { result.append((open.line, open.text)) }
    return result
  }
}

private func trimmed(_ text: some StringProtocol) -> String {
  var text = Substring(text)
  while let first = text.first, first.isWhitespace { text.removeFirst() }
  while let last = text.last, last.isWhitespace { text.removeLast() }
  return String(text)
}
