import Cluster
import KafkaProtocol

/// ListConfigResources (KIP-1142): the topics and brokers there are, and the groups and
/// subscriptions to metrics that have configs. Version 0 asks for the last only.
enum ListConfigResourcesHandler: Handler {
  static func handle(_ request: ListConfigResourcesRequest, _ call: Call, _ loop: LoopService) {
    let kinds: [ConfigResource.Kind?]
    if call.version == 0 {
      kinds = [.clientMetrics]
    } else if request.resourceTypes.isEmpty {
      kinds = ConfigResource.Kind.allCases
    } else {
      kinds = request.resourceTypes.map { ConfigResource.Kind(rawValue: $0) }
    }
    call.answer(
      ListConfigResourcesResponse { response in
        guard !kinds.contains(nil) else {
          response.errorCode = .unsupportedVersion
          return
        }
        for case let kind? in kinds {
          response.configResources += names(of: kind, loop.broker).map { name in
            ListConfigResourcesResponse.Resource {
              $0.resourceType = kind.rawValue
              $0.resourceName = name
            }
          }
        }
      })
  }

  private static func names(of kind: ConfigResource.Kind, _ broker: BrokerContext) -> [String] {
    let image = broker.cluster.image
    switch kind {
    case .topic: return image.idsByName.keys.sorted()
    case .broker, .brokerLogger: return ["\(broker.config.nodeID)"]
    case .clientMetrics, .group:
      return image.configs.keys.filter { $0.kind == kind }.map(\.name).sorted()
    }
  }
}
