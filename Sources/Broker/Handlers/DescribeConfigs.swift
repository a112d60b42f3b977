import Cluster
import KafkaProtocol

/// DescribeConfigs: every config of a topic or of this broker, with where its value comes from.
enum DescribeConfigsHandler: Handler {
  static func handle(_ request: DescribeConfigsRequest, _ call: Call, _ loop: LoopService) {
    call.answer(
      DescribeConfigsResponse { response in
        response.results = request.resources.map { asked in
          DescribeConfigsResponse.Resource { answer in
            answer.resourceType = asked.resourceType
            answer.resourceName = asked.resourceName
            switch ConfigResource(rawValue: asked.resourceType) {
            case .topic: describeTopic(asked, request, loop, &answer)
            case .broker: describeBroker(asked, request, loop.broker, &answer)
            case nil:
              answer.errorCode = .invalidRequest
              answer.errorMessage = "resource type \(asked.resourceType) has no configs here"
            }
          }
        }
      })
  }

  private static func describeTopic(
    _ asked: DescribeConfigsRequest.Resource, _ request: DescribeConfigsRequest,
    _ loop: LoopService, _ answer: inout DescribeConfigsResponse.Resource
  ) {
    guard let topic = loop.broker.cluster.image.topic(named: asked.resourceName) else {
      answer.errorCode =
        topicNameProblem(asked.resourceName) == nil
        ? .unknownTopicOrPartition : .invalidTopicException
      return
    }
    let values = TopicConfigValues(
      overrides: topic.configs, broker: loop.broker.config.values, isInternal: topic.isInternal)
    for key in TopicKeys.all where isWanted(key, asked) {
      guard let (value, source) = values.entry(key.name) else { continue }
      answer.configs.append(
        entry(key, value, source.rawValue, isReadOnly: false, request) {
          synonyms(of: key, values, loop.broker.config.values)
        })
    }
  }

  private static func describeBroker(
    _ asked: DescribeConfigsRequest.Resource, _ request: DescribeConfigsRequest,
    _ broker: BrokerContext, _ answer: inout DescribeConfigsResponse.Resource
  ) {
    guard asked.resourceName.isEmpty || asked.resourceName == "\(broker.config.nodeID)" else {
      answer.errorCode = .invalidRequest
      answer.errorMessage =
        "Unexpected broker id, expected \(broker.config.nodeID) or empty, but received "
        + asked.resourceName
      return
    }
    let values = broker.config.values
    for key in BrokerKeys.all where isWanted(key, asked) {
      let source: TopicConfigValues.Source =
        values.values[key.name] == nil ? .builtIn : .staticBroker
      // Its default depends on the data directory: what the broker made of it is what helps.
      let value = key.name == "lake.url" ? broker.config.lakeURL : values.text(key.name)
      answer.configs.append(
        entry(key, value, source.rawValue, isReadOnly: true, request) {
          [synonym(key.name, value, source)]
        })
    }
  }

  private static func isWanted(_ key: ConfigKey, _ asked: DescribeConfigsRequest.Resource) -> Bool {
    asked.configurationKeys?.contains(key.name) ?? true
  }

  private static func entry(
    _ key: ConfigKey, _ value: String?, _ source: Int8, isReadOnly: Bool,
    _ request: DescribeConfigsRequest, _ synonyms: () -> [DescribeConfigsResponse.Synonym]
  ) -> DescribeConfigsResponse.Config {
    DescribeConfigsResponse.Config {
      $0.name = key.name
      $0.isSensitive = key.kind == .password
      $0.value = key.kind == .password ? nil : value
      $0.readOnly = isReadOnly
      $0.configSource = source
      $0.configType = key.kind.rawValue
      if request.includeSynonyms { $0.synonyms = synonyms() }
      if request.includeDocumentation { $0.documentation = key.documentation }
    }
  }

  /// Where a topic's value could come from, the winner first.
  private static func synonyms(
    of key: ConfigKey, _ values: TopicConfigValues, _ broker: ConfigSet
  ) -> [DescribeConfigsResponse.Synonym] {
    var result: [DescribeConfigsResponse.Synonym] = []
    if let own = values.overrides[key.name] { result.append(synonym(key.name, own, .topic)) }
    for other in TopicKeys.synonyms[key.name] ?? [] {
      if let value = broker.values[other.name] {
        result.append(synonym(other.name, value, .staticBroker))
      }
      if let value = broker.keys[other.name]?.defaultValue {
        result.append(synonym(other.name, value, .builtIn))
      }
    }
    return result
  }

  private static func synonym(
    _ name: String, _ value: String?, _ source: TopicConfigValues.Source
  ) -> DescribeConfigsResponse.Synonym {
    DescribeConfigsResponse.Synonym {
      $0.name = name
      $0.value = value
      $0.source = source.rawValue
    }
  }
}
