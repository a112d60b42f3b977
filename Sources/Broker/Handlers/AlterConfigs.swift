import Cluster
import KafkaProtocol

/// AlterConfigs: replaces all that is set for a resource; superseded by IncrementalAlterConfigs.
enum AlterConfigsHandler: Handler {
  static func handle(_ request: AlterConfigsRequest, _ call: Call, _ loop: LoopService) {
    let broker = loop.broker
    let busy = AlterConfigsResponse { response in
      response.responses = request.resources.map {
        answer($0, Refusal(.requestTimedOut, "Too many changes of metadata wait."))
      }
    }
    loop.onController(call, busy: busy) {
      AlterConfigsResponse { response in
        response.responses = request.resources.map { resource in
          do throws(Refusal) {
            try alter(resource, in: request, broker)
            return answer(resource, nil)
          } catch {
            return answer(resource, error)
          }
        }
      }
    }
  }

  private static func alter(
    _ asked: AlterConfigsRequest.Resource, in request: AlterConfigsRequest,
    _ broker: BrokerContext
  ) throws(Refusal) {
    let same = request.resources.count {
      $0.resourceType == asked.resourceType && $0.resourceName == asked.resourceName
    }
    guard same == 1 else {
      throw Refusal(.invalidRequest, "Each resource must appear at most once.")
    }
    let resource = try ConfigResource(type: asked.resourceType, asked.resourceName)
    guard resource.kind != .brokerLogger else {
      throw Refusal(
        .invalidRequest,
        "AlterConfigs is deprecated and does not support the resource type BROKER_LOGGER.")
    }
    try broker.configs.replace(
      resource, by: asked.configs.map { ConfigChange($0.name, .set, $0.value) },
      validateOnly: request.validateOnly)
  }

  private static func answer(
    _ resource: AlterConfigsRequest.Resource, _ refusal: Refusal?
  ) -> AlterConfigsResponse.Resource {
    AlterConfigsResponse.Resource {
      $0.resourceType = resource.resourceType
      $0.resourceName = resource.resourceName
      $0.errorCode = refusal?.code ?? .none
      $0.errorMessage = refusal?.message
    }
  }
}
