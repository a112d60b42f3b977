import KafkaProtocol

extension KafkaClient {
  /// Resource types of the config APIs, with Kafka's numbers (ConfigResource.Type).
  enum ConfigOwner: Int8 {
    case topic = 2
    case broker = 4
  }

  /// One change of a topic's configs, with Kafka's numbers (AlterConfigOp.OpType).
  enum ConfigChange: Equatable {
    case set(name: String, value: String)
    /// Back to what the broker says.
    case unset(name: String)
  }

  /// All configs of a topic or of a broker; of secrets only that they are there.
  func configs(
    of owner: ConfigOwner, _ name: String
  ) throws(CommandError) -> [DescribeConfigsResponse.Config] {
    let answer = try ask(
      DescribeConfigsRequest {
        $0.resources = [
          DescribeConfigsRequest.Resource {
            $0.resourceType = owner.rawValue
            $0.resourceName = name
            $0.configurationKeys = nil
          }
        ]
      })
    let result = answer.results.first ?? DescribeConfigsResponse.Resource()
    try accept(
      result.errorCode, Self.explanation(result.errorCode, name) ?? result.errorMessage,
      "read the configs of \(owner) \(name)")
    return result.configs
  }

  /// All configs of the broker; the empty name would be what is set for all brokers.
  func brokerConfigs() throws(CommandError) -> [DescribeConfigsResponse.Config] {
    let cluster = try ask(DescribeClusterRequest())
    return try configs(of: .broker, "\(cluster.controllerID)")
  }

  /// Changes configs of a topic: all of them or, when one is refused, none.
  func alterConfigs(ofTopic name: String, _ changes: [ConfigChange]) throws(CommandError) {
    let answer = try ask(
      IncrementalAlterConfigsRequest {
        $0.resources = [
          IncrementalAlterConfigsRequest.Resource {
            $0.resourceType = ConfigOwner.topic.rawValue
            $0.resourceName = name
            $0.configs = changes.map(Self.wire)
          }
        ]
      })
    let result = answer.responses.first ?? IncrementalAlterConfigsResponse.Resource()
    try accept(
      result.errorCode, Self.explanation(result.errorCode, name) ?? result.errorMessage,
      "alter topic \(name)")
  }

  private static func wire(_ change: ConfigChange) -> IncrementalAlterConfigsRequest.Config {
    IncrementalAlterConfigsRequest.Config {
      switch change {
      case .set(let name, let value):
        $0.name = name
        $0.configOperation = 0
        $0.value = value
      case .unset(let name):
        $0.name = name
        $0.configOperation = 1
      }
    }
  }
}
