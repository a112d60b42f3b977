import KafkaProtocol

/// `varve topic delete`: removes a topic from the broker.
enum TopicDelete: Command {
  static let words = ["topic", "delete"]
  static let operands = "<topic>"
  static let summary = "Deletes a topic and its log, without asking again."
  static let details = """
    Its table stays in the lake for SQL, unless the broker says lake.on.topic.delete=drop; records
    that have not settled yet are lost either way. A topic made anew under the name starts empty.

    JSON: {topic, deleted, table}; table is keep or drop, null where nothing was deleted.
    """
  static let options =
    [
      Arguments.Option(
        name: "--if-exists", value: nil, documentation: "Is content when there is no such topic.")
    ] + BrokerOptions.all

  static func run(_ arguments: Arguments) throws -> Int32 {
    let name = try arguments.operand("topic", of: Self.self)
    let client = try BrokerOptions.connect(arguments)
    do throws(CommandError) {
      try client.deleteTopic(name)
    } catch {
      guard arguments.has("--if-exists"), case .refused(_, .unknownTopicOrPartition, _) = error
      else { throw error }
      arguments.show("There is no topic \(name).\n", json(name, isDeleted: false, table: nil))
      return 0
    }
    // The topic is gone: that its table's fate cannot be told must not look like a failure.
    let table = try? client.brokerConfigs()
      .first { $0.name == "lake.on.topic.delete" }?.value
    let fate =
      switch table {
      case "keep": " Its table, if it had one, stays in the lake."
      case "drop": " Its table is dropped, too."
      default: ""
      }
    arguments.show(
      "Deleted topic \(name).\(fate)\n", json(name, isDeleted: true, table: table ?? nil))
    return 0
  }

  private static func json(_ name: String, isDeleted: Bool, table: String?) -> JSONValue {
    .object([
      .init("topic", .string(name)),
      .init("deleted", .bool(isDeleted)),
      .init("table", .string(table)),
    ])
  }
}
