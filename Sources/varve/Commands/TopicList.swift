/// `varve topic list`: all topics of the broker.
enum TopicList: Command {
  static let words = ["topic", "list"]
  static let summary = "Lists all topics with their partitions and ids."
  static let details = """
    JSON: an array of {topic, topic_id, partitions, internal}.
    """
  static let options =
    [
      Arguments.Option(
        name: "--exclude-internal", value: nil,
        documentation: "Leaves out topics that the broker keeps for itself.")
    ] + BrokerOptions.all

  static func run(_ arguments: Arguments) throws -> Int32 {
    try arguments.refuseOperands(of: Self.self)
    let client = try BrokerOptions.connect(arguments)
    let topics = try client.metadata(of: nil).topics
      .filter { !$0.isInternal || !arguments.has("--exclude-internal") }
      .sorted { $0.name ?? "" < $1.name ?? "" }
    var table = TextTable([("TOPIC", .left), ("PARTITIONS", .right), ("ID", .left)])
    for topic in topics {
      table.add([topic.name ?? "", "\(topic.partitions.count)", topic.topicID.description])
    }
    let json = JSONValue.array(
      topics.map {
        .object([
          .init("topic", .string($0.name)),
          .init("topic_id", .string($0.topicID.description)),
          .init("partitions", .integer($0.partitions.count)),
          .init("internal", .bool($0.isInternal)),
        ])
      })
    arguments.show(topics.isEmpty ? "There are no topics.\n" : table.text, json)
    return 0
  }
}
