// Kafka's checkpoint files (CheckpointFile), text: a line with the version, a line with the number
// of entries, then one line an entry, its fields parted by blanks.

/// The frame that Kafka's checkpoint files share.
enum CheckpointText {
  static let version = "0"

  static func format(_ lines: [String]) -> String {
    ([version, String(lines.count)] + lines).joined(separator: "\n") + "\n"
  }

  /// The fields of each entry; nil when the text is not in the format.
  static func parse(_ text: String, fields count: Int) -> [[Substring]]? {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    while lines.last?.isEmpty == true { lines.removeLast() }
    guard lines.count >= 2, lines[0] == version, let announced = Int(lines[1]),
      announced == lines.count - 2
    else { return nil }
    var result: [[Substring]] = []
    for line in lines[2...] {
      let parts = line.split(separator: " ", omittingEmptySubsequences: false)
      guard parts.count == count else { return nil }
      result.append(parts)
    }
    return result
  }
}
