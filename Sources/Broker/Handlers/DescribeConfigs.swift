import Cluster
import KafkaProtocol

/// DescribeConfigs: every config of a topic, a broker, a group or a subscription to metrics, with
/// where its value comes from.
enum DescribeConfigsHandler: Handler {
  static func handle(_ request: DescribeConfigsRequest, _ call: Call, _ loop: LoopService) {
    call.answer(
      DescribeConfigsResponse { response in
        response.results = request.resources.map { asked in
          describe(asked, request, loop.broker.configs)
        }
      })
  }

  private static func describe(
    _ asked: DescribeConfigsRequest.Resource, _ request: DescribeConfigsRequest,
    _ configs: ConfigLifecycle
  ) -> DescribeConfigsResponse.Resource {
    DescribeConfigsResponse.Resource { answer in
      answer.resourceType = asked.resourceType
      answer.resourceName = asked.resourceName
      do throws(Refusal) {
        guard let kind = ConfigResource.Kind(rawValue: asked.resourceType) else {
          throw Refusal(.invalidRequest, "Unsupported resource type: \(asked.resourceType)")
        }
        let entries = try configs.entries(of: ConfigResource(kind, asked.resourceName))
        let wanted = asked.configurationKeys.map { Set($0) }
        answer.configs = entries.filter { wanted?.contains($0.key.name) ?? true }.map {
          config($0, request)
        }
      } catch {
        answer.errorCode = error.code
        answer.errorMessage = error.message
      }
    }
  }

  private static func config(
    _ entry: ConfigEntry, _ request: DescribeConfigsRequest
  ) -> DescribeConfigsResponse.Config {
    DescribeConfigsResponse.Config {
      $0.name = entry.key.name
      $0.isSensitive = entry.isSensitive
      $0.value = entry.isSensitive ? nil : entry.value
      $0.readOnly = entry.isReadOnly
      $0.configSource = entry.source.rawValue
      $0.configType = entry.key.kind.rawValue
      if request.includeDocumentation { $0.documentation = entry.key.documentation }
      guard request.includeSynonyms else { return }
      $0.synonyms = entry.synonyms.map { setting in
        DescribeConfigsResponse.Synonym {
          $0.name = setting.name
          $0.value = entry.isSensitive ? nil : setting.value
          $0.source = setting.source.rawValue
        }
      }
    }
  }
}
