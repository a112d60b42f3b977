import Platform

/// `varve topic alter`: changes configs and adds partitions.
enum TopicAlter: Command {
  static let words = ["topic", "alter"]
  static let operands = "<topic>"
  static let summary = "Changes a topic's configs, or adds partitions."
  static let details = """
    varve topic alter orders --set retention.ms=86400000 --unset segment.bytes --partitions 12
    Configs are changed all together or not at all, and before partitions are added. Partitions
    can only become more, and keys then go to other partitions than before.

    JSON: {topic, set: {name: value}, unset: [name], partitions}; partitions is null unless changed.
    """
  static let options =
    [
      Arguments.Option(
        name: "--set", value: "name=value", documentation: "Sets a config. May be repeated.",
        repeats: true),
      Arguments.Option(
        name: "--config", value: "name=value",
        documentation: "The same as --set, as Kafka's tools call it.", repeats: true),
      Arguments.Option(
        name: "--unset", value: "name",
        documentation: "Puts a config back to the broker's value. May be repeated.", repeats: true),
      Arguments.Option(
        name: "--delete-config", value: "name",
        documentation: "The same as --unset, as Kafka's tools call it.", repeats: true),
      Arguments.Option(
        name: "--partitions", value: "number",
        documentation: "How many partitions there shall be."),
    ] + BrokerOptions.all

  static func run(_ arguments: Arguments) throws -> Int32 {
    let name = try arguments.operand("topic", of: Self.self)
    let changes = try changes(arguments)
    let partitions = try arguments.number("--partitions", in: 1...Int64(Int32.max))
    guard !changes.isEmpty || partitions != nil else {
      throw UsageError("nothing to alter", hint: "--set name=value, --unset name or --partitions N")
    }
    let client = try BrokerOptions.connect(arguments)
    if !changes.isEmpty { try client.alterConfigs(ofTopic: name, changes) }
    if let partitions { try client.growTopic(name, to: Int32(partitions)) }
    arguments.show(
      text(name, changes, partitions), json(name, changes, partitions))
    return 0
  }

  /// What to do to the configs; a name may come once.
  static func changes(_ arguments: Arguments) throws(UsageError) -> [KafkaClient.ConfigChange] {
    var changes: [KafkaClient.ConfigChange] = []
    var names: Set<String> = []
    func add(_ name: String, _ change: KafkaClient.ConfigChange) throws(UsageError) {
      guard names.insert(name).inserted else { throw UsageError("\(name) is altered twice") }
      changes.append(change)
    }
    for option in ["--set", "--config"] {
      for pair in try arguments.pairs(option) {
        try add(pair.name, .set(name: pair.name, value: pair.value))
      }
    }
    for option in ["--unset", "--delete-config"] {
      for name in arguments.all(option) {
        guard !name.contains("=") else {
          throw UsageError("\(option) wants a name alone, not '\(name)'")
        }
        try add(name, .unset(name: name))
      }
    }
    return changes
  }

  private static func text(
    _ name: String, _ changes: [KafkaClient.ConfigChange], _ partitions: Int64?
  ) -> String {
    var text = "Altered topic \(name).\n"
    for change in changes {
      switch change {
      case .set(let name, let value): text += "  \(name)=\(value)\n"
      case .unset(let name): text += "  \(name) as the broker has it\n"
      }
    }
    return text + (partitions.map { "  \(Quantity.count($0, "partition"))\n" } ?? "")
  }

  private static func json(
    _ name: String, _ changes: [KafkaClient.ConfigChange], _ partitions: Int64?
  ) -> JSONValue {
    var set: [JSONValue.Field] = []
    var unset: [JSONValue] = []
    for change in changes {
      switch change {
      case .set(let name, let value): set.append(.init(name, .string(value)))
      case .unset(let name): unset.append(.string(name))
      }
    }
    return .object([
      .init("topic", .string(name)), .init("set", .object(set)), .init("unset", .array(unset)),
      .init("partitions", .integer(partitions)),
    ])
  }
}
