import KafkaProtocol

/// `varve topic create`: makes a topic.
enum TopicCreate: Command {
  static let words = ["topic", "create"]
  static let operands = "<topic>"
  static let summary = "Makes a topic."
  static let details = """
    What is not given is the broker's default (num.partitions, its own configs).
    varve topic create orders --partitions 6 --config retention.ms=-1

    JSON: {topic, topic_id, partitions, created}; created is false when --if-not-exists found it.
    """
  static let options =
    [
      Arguments.Option(
        name: "--partitions", value: "number", documentation: "How many partitions."),
      Arguments.Option(
        name: "--replication-factor", value: "number",
        documentation: "How many brokers hold each partition; 1 while there is one broker."),
      Arguments.Option(
        name: "--config", value: "name=value",
        documentation: "Sets a topic config. May be repeated.", repeats: true),
      Arguments.Option(
        name: "--if-not-exists", value: nil,
        documentation: "Is content when the topic is there already, whatever its configs."),
    ] + BrokerOptions.all

  static func run(_ arguments: Arguments) throws -> Int32 {
    let name = try arguments.operand("topic", of: Self.self)
    let partitions = try arguments.number("--partitions", in: 1...Int64(Int32.max)) ?? -1
    let replicas = try arguments.number("--replication-factor", in: 1...Int64(Int16.max)) ?? -1
    let configs = try arguments.pairs("--config")
    let client = try BrokerOptions.connect(arguments)
    var isNew = true
    do throws(CommandError) {
      _ = try client.createTopic(
        name, partitions: Int32(partitions), replicationFactor: Int16(replicas), configs: configs)
    } catch {
      guard arguments.has("--if-not-exists"), case .refused(_, .topicAlreadyExists, _) = error
      else { throw error }
      isNew = false
    }
    let (topic, _) = try client.topic(name)
    let count = Quantity.count(Int64(topic.partitions.count), "partition")
    arguments.show(
      isNew
        ? "Created topic \(name) with \(count), id \(topic.topicID).\n"
        : "Topic \(name) is there already, with \(count).\n",
      .object([
        .init("topic", .string(name)),
        .init("topic_id", .string(topic.topicID.description)),
        .init("partitions", .integer(topic.partitions.count)),
        .init("created", .bool(isNew)),
      ]))
    return 0
  }
}
