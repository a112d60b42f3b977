import Cluster
import KafkaProtocol

/// IncrementalAlterConfigs (KIP-339): sets, removes, appends to and subtracts from configs.
enum IncrementalAlterConfigsHandler: Handler {
  static func handle(_ request: IncrementalAlterConfigsRequest, _ call: Call, _ loop: LoopService) {
    let configs = loop.broker.configs
    loop.alterConfigs(request.resources, call, answer: answer) {
      (resource, asked) throws(Refusal) in
      try configs.alter(resource, try changes(of: asked), validateOnly: request.validateOnly)
    }
  }

  private static func changes(of resource: IncrementalAlterConfigsRequest.Resource)
    throws(Refusal) -> [ConfigChange]
  {
    var changes: [ConfigChange] = []
    for config in resource.configs {
      guard let operation = ConfigChange.Operation(rawValue: config.configOperation) else {
        throw Refusal(.invalidRequest, "Unknown operation type \(config.configOperation)")
      }
      changes.append(ConfigChange(config.name, operation, config.value))
    }
    return changes
  }

  @Sendable private static func answer(
    _ outcomes: [(IncrementalAlterConfigsRequest.Resource, Refusal?)]
  ) -> IncrementalAlterConfigsResponse {
    IncrementalAlterConfigsResponse { response in
      response.responses = outcomes.map { asked, refusal in
        IncrementalAlterConfigsResponse.Resource {
          $0.resourceType = asked.resourceType
          $0.resourceName = asked.resourceName
          $0.errorCode = refusal?.code ?? .none
          $0.errorMessage = refusal?.message
        }
      }
    }
  }
}
