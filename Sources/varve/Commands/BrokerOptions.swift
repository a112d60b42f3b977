import Platform

/// The options of every command that talks to a broker.
enum BrokerOptions {
  static let all = [
    Arguments.Option(
      name: "--bootstrap-server", value: "host:port",
      documentation: "The broker, or several by commas; 127.0.0.1:9092 by default."
    ),
    Arguments.Option(
      name: "--timeout-ms", value: "number",
      documentation: "How long to wait for the broker at each step; 10000 by default."),
    Arguments.Option(
      name: "--json", value: nil, documentation: "Prints JSON for programs instead of text."),
  ]

  /// Connects to the broker that the arguments name.
  static func connect(_ arguments: Arguments) throws -> KafkaClient {
    let servers = try ServerAddress.list(arguments["--bootstrap-server"] ?? "127.0.0.1:9092")
    let timeout = try arguments.number("--timeout-ms", in: 1...Int64(Int32.max)) ?? 10_000
    return try KafkaClient(servers, timeoutMilliseconds: timeout)
  }
}

extension Arguments {
  /// The one operand of a command, which calls it `what`.
  func operand(_ what: String, of command: any Command.Type) throws(UsageError) -> String {
    let call = "varve \(command.words.joined(separator: " ")) \(command.operands)"
    guard let first = operands.first else { throw UsageError("which \(what)?", hint: call) }
    guard operands.count == 1 else {
      throw UsageError("unexpected '\(operands[1])'", hint: call)
    }
    return first
  }

  /// Refuses operands, for a command that takes none.
  func refuseOperands(of command: any Command.Type) throws(UsageError) {
    if let first = operands.first {
      throw UsageError(
        "unexpected '\(first)'", hint: "varve \(command.words.joined(separator: " "))")
    }
  }

  /// The number that an option was given; nil without the option.
  func number(_ name: String, in range: ClosedRange<Int64>) throws(UsageError) -> Int64? {
    guard let text = self[name] else { return nil }
    guard let number = Int64(text), range.contains(number) else {
      throw UsageError(
        "\(name) wants \(range.lowerBound) to \(range.upperBound), not '\(text)'"
      )
    }
    return number
  }

  /// The `name=value` pairs of an option that repeats.
  func pairs(_ option: String) throws(UsageError) -> [(name: String, value: String)] {
    var pairs: [(name: String, value: String)] = []
    for item in all(option) {
      guard let equals = item.firstIndex(of: "="), equals != item.startIndex else {
        throw UsageError("\(option) wants name=value, not '\(item)'")
      }
      pairs.append((String(item[..<equals]), String(item[item.index(after: equals)...])))
    }
    return pairs
  }

  /// Prints the text, or with `--json` the value.
  func show(_ text: String, _ json: JSONValue) {
    print(has("--json") ? json.text() + "\n" : text, terminator: "")
  }
}
