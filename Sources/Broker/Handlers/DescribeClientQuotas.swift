import Cluster
import KafkaProtocol

/// DescribeClientQuotas (KIP-546): what was set for entities that match.
enum DescribeClientQuotasHandler: Handler {
  static func handle(_ request: DescribeClientQuotasRequest, _ call: Call, _ loop: LoopService) {
    let cluster = loop.broker.cluster
    let busy = refused(Refusal(.requestTimedOut, "Too many requests wait."))
    loop.onController(call, busy: busy) {
      do throws(Refusal) {
        return answer(try filter(request), cluster.image)
      } catch {
        return refused(error)
      }
    }
  }

  private static func filter(_ request: DescribeClientQuotasRequest) throws(Refusal) -> QuotaFilter
  {
    var filter = QuotaFilter(strict: request.strict)
    for component in request.components {
      try filter.add(
        type: component.entityType, matchType: component.matchType, match: component.match)
    }
    return filter
  }

  private static func answer(_ filter: QuotaFilter, _ image: ClusterImage)
    -> DescribeClientQuotasResponse
  {
    let found = image.quotas.filter { filter.includes($0.key) }
      .sorted { $0.key.description < $1.key.description }
    return DescribeClientQuotasResponse { response in
      response.entries = found.map { entity, values in
        DescribeClientQuotasResponse.Entry { entry in
          entry.entity = entity.parts.map { part, name in
            ClientQuotaEntityPart {
              $0.entityType = part.rawValue
              $0.entityName = name.text
            }
          }
          entry.values = values.sorted { $0.key < $1.key }.map { key, value in
            DescribeClientQuotasResponse.Value {
              $0.key = key
              $0.value = value
            }
          }
        }
      }
    }
  }

  private static func refused(_ refusal: Refusal) -> DescribeClientQuotasResponse {
    DescribeClientQuotasResponse {
      $0.errorCode = refusal.code
      $0.errorMessage = refusal.message
      $0.entries = nil
    }
  }
}
