import Cluster
import KafkaProtocol

/// IncrementalAlterConfigs (KIP-339): sets, removes, appends to and subtracts from topic configs.
enum IncrementalAlterConfigsHandler: Handler {
  private enum Operation: Int8 {
    case set = 0
    case delete = 1
    case append = 2
    case subtract = 3
  }

  static func handle(_ request: IncrementalAlterConfigsRequest, _ call: Call, _ loop: LoopService) {
    let broker = loop.broker
    let busy = IncrementalAlterConfigsResponse { response in
      response.responses = request.resources.map {
        answer($0, Refusal(.requestTimedOut, "Too many changes of metadata wait."))
      }
    }
    loop.onController(call, busy: busy) {
      IncrementalAlterConfigsResponse { response in
        response.responses = request.resources.map { resource in
          do throws(Refusal) {
            try alter(resource, validateOnly: request.validateOnly, broker)
            return answer(resource, nil)
          } catch {
            return answer(resource, error)
          }
        }
      }
    }
  }

  private static func alter(
    _ resource: IncrementalAlterConfigsRequest.Resource, validateOnly: Bool,
    _ broker: BrokerContext
  ) throws(Refusal) {
    guard ConfigResource(rawValue: resource.resourceType) == .topic else {
      throw Refusal(
        .invalidRequest, "only topic configs can be altered; a broker's stand in server.properties")
    }
    guard let topic = broker.cluster.image.topic(named: resource.resourceName) else {
      throw Refusal(
        .unknownTopicOrPartition, "The topic '\(resource.resourceName)' does not exist.")
    }
    let values = TopicConfigValues(
      overrides: topic.configs, broker: broker.config.values, isInternal: topic.isInternal)
    var changes: [String: String?] = [:]
    for config in resource.configs {
      guard changes[config.name] == nil else {
        throw Refusal(.invalidRequest, "\(config.name) is changed twice")
      }
      // `updateValue`, because assigning nil would remove the entry.
      changes.updateValue(try value(of: config, over: values), forKey: config.name)
    }
    try broker.lifecycle.alter(topic.name, changes, validateOnly: validateOnly)
  }

  /// The value after the operation; nil removes the topic's own.
  private static func value(
    of config: IncrementalAlterConfigsRequest.Config, over values: TopicConfigValues
  ) throws(Refusal) -> String? {
    guard let operation = Operation(rawValue: config.configOperation) else {
      throw Refusal(.invalidRequest, "unknown operation \(config.configOperation)")
    }
    if operation == .delete { return nil }
    guard let given = config.value else {
      throw Refusal(.invalidConfig, "Null value not supported for \(config.name)")
    }
    if operation == .set { return given }
    let isList = TopicKeys.all.contains { $0.name == config.name && $0.kind == .list }
    guard isList else {
      throw Refusal(.invalidConfig, "\(config.name) is not a list: it can only be set or deleted")
    }
    var items = listItems(values.entry(config.name)?.value ?? "")
    for item in listItems(given) {
      items.removeAll { $0 == item }
      if operation == .append { items.append(item) }
    }
    return items.joined(separator: ",")
  }

  private static func answer(
    _ resource: IncrementalAlterConfigsRequest.Resource, _ refusal: Refusal?
  ) -> IncrementalAlterConfigsResponse.Resource {
    IncrementalAlterConfigsResponse.Resource {
      $0.resourceType = resource.resourceType
      $0.resourceName = resource.resourceName
      $0.errorCode = refusal?.code ?? .none
      $0.errorMessage = refusal?.message
    }
  }
}
