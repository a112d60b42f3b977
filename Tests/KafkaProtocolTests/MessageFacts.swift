import Platform

@testable import KafkaProtocol

/// One field as the table of Kafka's messages states it.
struct FieldFact {
  let name: String
  /// `int32`, `[]string`, …, with every structure called `struct`.
  let type: String
  let versions: ClosedRange<Int>
  let nullable: ClosedRange<Int>?
  let tag: Int?
  let defaultText: String?
  var fields: [FieldFact] = []
}

/// One message of the table.
struct MessageFact {
  let key: Int16?
  let name: String
  let versions: ClosedRange<Int>
  let flexibleFrom: Int?
  let isUnstable: Bool
  /// By `request`, `response` or, for a message that is neither, `body`.
  var parts: [String: [FieldFact]] = [:]
}

/// Reads `Facts/kafka-messages.txt`: facts of Kafka 4.2.1, in which a line is
/// `Name: type [null versions] vVERSIONS [key] [tag N vVERSIONS] [= default]`.
struct MessageFacts {
  private(set) var messages: [MessageFact] = []

  static func load(_ file: String = #filePath) throws -> MessageFacts {
    try MessageFacts(lines: factLines("kafka-messages.txt", beside: file))
  }

  init(lines: [Substring]) throws {
    var part = "body"
    var fieldLines: [(indent: Int, fact: FieldFact)] = []
    func flush() {
      guard !messages.isEmpty else { return }
      var rest = fieldLines[...]
      let fields = MessageFacts.tree(&rest, deeperThan: 0)
      if part != "body" || !fields.isEmpty { messages[messages.count - 1].parts[part] = fields }
      fieldLines = []
    }
    for line in lines {
      if line.hasPrefix("## ") {
        flush()
        part = "body"
        messages.append(MessageFacts.header(line))
      } else if line == "request" || line == "response" {
        flush()
        part = String(line)
      } else if line.contains(":") {
        fieldLines.append((line.prefix { $0 == " " }.count, MessageFacts.field(line)))
      }
    }
    flush()
  }

  subscript(name: String) -> MessageFact? { messages.first { $0.name == name } }

  static func range(_ text: Substring) -> ClosedRange<Int> {
    if text.hasSuffix("+") { return Int(text.dropLast())!...Int(Int16.max) }
    let ends = text.split(separator: "-").map { Int($0)! }
    return ends[0]...ends[ends.count - 1]
  }

  private static func header(_ line: Substring) -> MessageFact {
    var words = line.dropFirst(3).split(separator: " ")
    let key = Int16(words[0])
    if key != nil { words.removeFirst() }
    let flexible = words[4] == "none" ? nil : range(words[4]).lowerBound
    return MessageFact(
      key: key, name: String(words[0]), versions: range(words[2]), flexibleFrom: flexible,
      isUnstable: words.last == "unstable")
  }

  private static func field(_ line: Substring) -> FieldFact {
    let halves = line.split(separator: "=", maxSplits: 1)
    let words = halves[0].split(separator: " ")
    let array = words[1].hasPrefix("[]") ? "[]" : ""
    let base = words[1].dropFirst(array.count)
    let primitive = base.first!.isLowercase
    var index = 2
    var nullable: ClosedRange<Int>?
    if words[index] == "null" {
      nullable = range(words[index + 1])
      index += 2
    }
    let versions = range(words[index].dropFirst())
    let tag = words.firstIndex(of: "tag").map { Int(words[$0 + 1])! }
    let defaultText = halves.count == 2 ? halves[1].split(separator: " ").first ?? "" : nil
    return FieldFact(
      name: String(words[0].dropLast()), type: array + (primitive ? base : "struct"),
      versions: versions, nullable: nullable, tag: tag, defaultText: defaultText.map(String.init))
  }

  private static func tree(
    _ lines: inout ArraySlice<(indent: Int, fact: FieldFact)>, deeperThan indent: Int
  ) -> [FieldFact] {
    var fields: [FieldFact] = []
    while let (depth, first) = lines.first, depth > indent {
      lines.removeFirst()
      var fact = first
      fact.fields = tree(&lines, deeperThan: depth)
      fields.append(fact)
    }
    return fields
  }
}

/// The lines of a fact table in `Facts`, beside the source `file`.
func factLines(_ name: String, beside file: String) throws -> [Substring] {
  let folder = file.prefix(through: file.lastIndex(of: "/")!)
  let bytes = try PosixFileSystem().readAll("\(folder)Facts/\(name)")
  return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
}
