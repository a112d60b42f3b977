/// The INI dialect of `~/.aws/credentials` and `~/.aws/config`.
///
/// Sections are `[name]`, in the config file `[profile name]` but for `[default]`. Lines that begin
/// with `#` or `;` are comments; ` #` and ` ;` begin one after a value. Indented lines belong to
/// the value above them and are left out. What is neither is skipped, as AWS's own tools do.
struct ProfileFile {
  private(set) var profiles: [String: [String: String]] = [:]

  init(_ text: String) {
    var current: String?
    for line in text.split(whereSeparator: \.isNewline) {
      if line.first == " " || line.first == "\t" { continue }
      let content = Self.trimmed(line)
      if content.isEmpty || content.hasPrefix("#") || content.hasPrefix(";") { continue }
      if content.hasPrefix("["), let end = content.firstIndex(of: "]") {
        let inside = content[content.index(after: content.startIndex)..<end]
        let name = Self.trimmed(
          inside.hasPrefix("profile ") ? inside.dropFirst("profile ".count) : inside)
        current = String(name)
        if profiles[String(name)] == nil { profiles[String(name)] = [:] }
      } else if let current, let equals = content.firstIndex(of: "=") {
        let name = Self.trimmed(content[..<equals]).lowercased()
        let value = Self.trimmed(Self.withoutComment(content[content.index(after: equals)...]))
        profiles[current]?[name] = String(value)
      }
    }
  }

  private static func withoutComment(_ value: Substring) -> Substring {
    var previous: Character = " "
    for index in value.indices {
      let isMark = value[index] == "#" || value[index] == ";"
      if isMark && (previous == " " || previous == "\t") { return value[..<index] }
      previous = value[index]
    }
    return value
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text
    while let first = text.first, first.isWhitespace { text.removeFirst() }
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return text
  }
}
