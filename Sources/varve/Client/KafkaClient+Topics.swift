import KafkaProtocol
import Records

extension KafkaClient {
  /// The cluster's brokers and id, and the topics asked for; all when `topics` is nil.
  func metadata(of topics: [String]?) throws(CommandError) -> MetadataResponse {
    let answer = try ask(
      MetadataRequest {
        $0.topics = topics?.map { name in MetadataRequest.Topic { $0.name = name } }
        $0.allowAutoTopicCreation = false
      })
    try accept(answer.errorCode, nil, "list topics")
    return answer
  }

  /// One topic, with the cluster's id.
  func topic(_ name: String) throws(CommandError) -> (MetadataResponse.Topic, clusterID: String) {
    let answer = try metadata(of: [name])
    guard let topic = answer.topics.first else {
      throw .incompatible(place: place, why: "its Metadata leaves out the topic asked for")
    }
    try accept(topic.errorCode, Self.explanation(topic.errorCode, name), "describe topic \(name)")
    return (topic, answer.clusterID ?? "")
  }

  /// Makes a topic; −1 asks for the broker's default of a number.
  func createTopic(
    _ name: String, partitions: Int32, replicationFactor: Int16,
    configs: [(name: String, value: String)]
  ) throws(CommandError) -> CreateTopicsResponse.Topic {
    let answer = try ask(
      CreateTopicsRequest {
        $0.topics = [
          CreateTopicsRequest.Topic {
            $0.name = name
            $0.numPartitions = partitions
            $0.replicationFactor = replicationFactor
            $0.configs = configs.map { config in
              CreateTopicsRequest.Config {
                $0.name = config.name
                $0.value = config.value
              }
            }
          }
        ]
        $0.timeoutMilliseconds = Int32(clamping: timeoutMilliseconds)
      })
    let topic = answer.topics.first ?? CreateTopicsResponse.Topic()
    try accept(topic.errorCode, topic.errorMessage, "create topic \(name)")
    return topic
  }

  func deleteTopic(_ name: String) throws(CommandError) {
    let answer = try ask(
      DeleteTopicsRequest {
        // Two fields, by version: the coder takes the one that the version has.
        $0.topics = [DeleteTopicsRequest.Topic { $0.name = name }]
        $0.topicNames = [name]
        $0.timeoutMilliseconds = Int32(clamping: timeoutMilliseconds)
      })
    let code = answer.responses.first?.errorCode ?? .none
    try accept(
      code, Self.explanation(code, name) ?? answer.responses.first?.errorMessage,
      "delete topic \(name)")
  }

  /// Adds partitions until there are `count`.
  func growTopic(_ name: String, to count: Int32) throws(CommandError) {
    let answer = try ask(
      CreatePartitionsRequest {
        $0.topics = [
          CreatePartitionsRequest.Topic {
            $0.name = name
            $0.count = count
            $0.assignments = nil
          }
        ]
        $0.timeoutMilliseconds = Int32(clamping: timeoutMilliseconds)
      })
    let result = answer.results.first ?? CreatePartitionsResponse.Topic()
    try accept(result.errorCode, result.errorMessage, "give topic \(name) \(count) partitions")
  }

  func accept(
    _ code: ErrorCode, _ message: String?, _ what: String
  ) throws(CommandError) {
    guard code == .none else { throw .refused(what: what, code: code, message: message) }
  }

  /// What an answer without a message means.
  static func explanation(_ code: ErrorCode, _ topic: String) -> String? {
    switch code {
    case .unknownTopicOrPartition: "there is no topic '\(topic)' (see: varve topic list)"
    case .invalidTopicException:
      "'\(topic)' cannot be a topic's name: up to 249 letters, digits, '.', '_' and '-'"
    default: nil
    }
  }
}
