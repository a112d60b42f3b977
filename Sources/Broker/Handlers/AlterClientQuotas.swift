import Cluster
import KafkaProtocol

/// AlterClientQuotas (KIP-546): durable in the metadata log, and in force, before the answer.
enum AlterClientQuotasHandler: Handler {
  static func handle(_ request: AlterClientQuotasRequest, _ call: Call, _ loop: LoopService) {
    let broker = loop.broker
    let busy = AlterClientQuotasResponse { response in
      response.entries = request.entries.map {
        answer($0, Refusal(.requestTimedOut, "Too many changes of metadata wait."))
      }
    }
    loop.onController(call, busy: busy) {
      var seen: Set<QuotaEntity> = []
      let answers = request.entries.map { entry in
        do throws(Refusal) {
          let entity = try QuotaCommands.entity(parts(entry))
          guard seen.insert(entity).inserted else {
            throw Refusal(.invalidRequest, "Ignoring duplicate entity \(entity)")
          }
          try broker.cluster.change { (image) throws(Refusal) in
            let records = try QuotaCommands.alter(parts(entry), changes(entry), in: image)
            return request.validateOnly ? [] : records
          }
          return answer(entry, nil)
        } catch {
          return answer(entry, error)
        }
      }
      if !request.validateOnly { broker.applyQuotas() }
      return AlterClientQuotasResponse { $0.entries = answers }
    }
  }

  private static func parts(_ entry: AlterClientQuotasRequest.Entry) -> [(String, String?)] {
    entry.entity.map { ($0.entityType, $0.entityName) }
  }

  private static func changes(_ entry: AlterClientQuotasRequest.Entry) -> [QuotaCommands.Change] {
    entry.ops.map { QuotaCommands.Change(key: $0.key, value: $0.remove ? nil : $0.value) }
  }

  private static func answer(
    _ entry: AlterClientQuotasRequest.Entry, _ refusal: Refusal?
  ) -> AlterClientQuotasResponse.Entry {
    AlterClientQuotasResponse.Entry {
      $0.errorCode = refusal?.code ?? .none
      $0.errorMessage = refusal?.message
      $0.entity = entry.entity
    }
  }
}
