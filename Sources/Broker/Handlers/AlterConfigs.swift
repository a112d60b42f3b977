import Cluster
import KafkaProtocol

/// AlterConfigs: replaces all that is set for a resource; superseded by IncrementalAlterConfigs.
enum AlterConfigsHandler: Handler {
  static func handle(_ request: AlterConfigsRequest, _ call: Call, _ loop: LoopService) {
    let configs = loop.broker.configs
    loop.alterConfigs(request.resources, call, answer: answer) {
      (resource, asked) throws(Refusal) in
      guard resource.kind != .brokerLogger else {
        throw Refusal(
          .invalidRequest,
          "AlterConfigs is deprecated and does not support the resource type BROKER_LOGGER.")
      }
      try configs.replace(
        resource, by: asked.configs.map { ConfigChange($0.name, .set, $0.value) },
        validateOnly: request.validateOnly)
    }
  }

  @Sendable private static func answer(
    _ outcomes: [(AlterConfigsRequest.Resource, Refusal?)]
  ) -> AlterConfigsResponse {
    AlterConfigsResponse { response in
      response.responses = outcomes.map { asked, refusal in
        AlterConfigsResponse.Resource {
          $0.resourceType = asked.resourceType
          $0.resourceName = asked.resourceName
          $0.errorCode = refusal?.code ?? .none
          $0.errorMessage = refusal?.message
        }
      }
    }
  }
}
