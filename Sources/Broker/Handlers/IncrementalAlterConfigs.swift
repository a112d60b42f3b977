import Cluster
import KafkaProtocol

/// IncrementalAlterConfigs (KIP-339): sets, removes, appends to and subtracts from configs.
enum IncrementalAlterConfigsHandler: Handler {
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
            let isOnce = request.resources.count { $0.names(resource) } == 1
            guard isOnce else {
              throw Refusal(.invalidRequest, "Each resource must appear at most once.")
            }
            try broker.configs.alter(
              try ConfigResource(type: resource.resourceType, resource.resourceName),
              try changes(of: resource), validateOnly: request.validateOnly)
            return answer(resource, nil)
          } catch {
            return answer(resource, error)
          }
        }
      }
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

extension IncrementalAlterConfigsRequest.Resource {
  fileprivate func names(_ other: Self) -> Bool {
    resourceType == other.resourceType && resourceName == other.resourceName
  }
}

extension ConfigResource {
  /// The resource that a request which alters configs names.
  init(type: Int8, _ name: String) throws(Refusal) {
    guard let kind = Kind(rawValue: type) else {
      throw Refusal(.invalidRequest, "Unknown resource type \(type)")
    }
    self.init(kind, name)
  }
}
