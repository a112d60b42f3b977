/// A value of JSON whose objects keep the order of their fields.
enum JSONValue: Equatable {
  case null
  case bool(Bool)
  case integer(Int64)
  case string(String)
  case array([JSONValue])
  case object([Field])

  struct Field: Equatable {
    let name: String
    let value: JSONValue

    init(_ name: String, _ value: JSONValue) {
      self.name = name
      self.value = value
    }
  }

  static func integer(_ value: Int64?) -> JSONValue { value.map { .integer($0) } ?? .null }
  static func integer(_ value: Int) -> JSONValue { .integer(Int64(value)) }
  static func string(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }

  /// The text, indented by two blanks a level; objects without inner structure stay on one line.
  func text(indent: String = "") -> String {
    let inner = indent + "  "
    switch self {
    case .null: return "null"
    case .bool(let value): return value ? "true" : "false"
    case .integer(let value): return String(value)
    case .string(let value): return Self.quoted(value)
    case .array(let items):
      if items.isEmpty { return "[]" }
      if items.allSatisfy(\.isPlain) { return "[\(joined(items.map { $0.text() }))]" }
      let lines = items.map { inner + $0.text(indent: inner) }
      return "[\n\(lines.joined(separator: ",\n"))\n\(indent)]"
    case .object(let fields):
      let isFlat = fields.allSatisfy(\.value.isPlain)
      let texts = fields.map {
        "\(Self.quoted($0.name)): \($0.value.text(indent: isFlat ? "" : inner))"
      }
      if isFlat { return "{\(joined(texts))}" }
      return "{\n\(texts.map { inner + $0 }.joined(separator: ",\n"))\n\(indent)}"
    }
  }

  private var isPlain: Bool {
    switch self {
    case .null, .bool, .integer, .string: true
    case .array(let items): items.isEmpty
    case .object(let fields): fields.isEmpty
    }
  }

  private func joined(_ texts: [String]) -> String { texts.joined(separator: ", ") }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
