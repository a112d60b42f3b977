import Cluster
import KafkaProtocol
import Records

/// CreateTopics: durable in the metadata log before the answer.
enum CreateTopicsHandler: Handler {
  static func handle(_ request: CreateTopicsRequest, _ call: Call, _ loop: LoopService) {
    let broker = loop.broker
    loop.onController(call, strictQuotaFrom: 6, busy: busy(request)) { quota in
      let names = Dictionary(grouping: request.topics, by: \.name)
      return CreateTopicsResponse { response in
        response.topics = names.keys.sorted().map { name in
          guard let asked = names[name], asked.count == 1 else {
            return failed(name, Refusal(.invalidRequest, "Found multiple topics named \(name)"))
          }
          return create(asked[0], validateOnly: request.validateOnly, broker, &quota)
        }
      }
    }
  }

  private static func create(
    _ asked: CreateTopicsRequest.Topic, validateOnly: Bool, _ broker: BrokerContext,
    _ quota: inout MutationQuota?
  ) -> CreateTopicsResponse.Topic {
    let wish = TopicRequest(
      name: asked.name, partitionCount: asked.numPartitions,
      replicationFactor: asked.replicationFactor,
      configs: asked.configs.map { ($0.name, $0.value) },
      assignments: asked.assignments.map { ($0.partitionIndex.rawValue, $0.brokerIDs) })
    do throws(Refusal) {
      let topic = try broker.lifecycle.create(
        wish, validateOnly: validateOnly, quota: &quota)
      let values = TopicConfigValues(
        overrides: topic.configs, broker: broker.values, isInternal: topic.isInternal)
      return CreateTopicsResponse.Topic { answer in
        answer.name = topic.name
        answer.topicID = topic.id
        answer.numPartitions = Int32(topic.partitionCount)
        answer.replicationFactor = max(1, asked.replicationFactor)
        answer.configs = TopicKeys.all.map { key in
          let entry = values.describe(key)
          return CreateTopicsResponse.Config {
            $0.name = key.name
            $0.value = entry.value
            $0.configSource = entry.source.rawValue
          }
        }
      }
    } catch {
      return failed(asked.name, error)
    }
  }

  private static func failed(_ name: String, _ refusal: Refusal) -> CreateTopicsResponse.Topic {
    CreateTopicsResponse.Topic {
      $0.name = name
      $0.errorCode = refusal.code
      $0.errorMessage = refusal.message
    }
  }

  private static func busy(_ request: CreateTopicsRequest) -> CreateTopicsResponse {
    CreateTopicsResponse { response in
      response.topics = request.topics.map {
        failed($0.name, Refusal(.requestTimedOut, "Too many changes of metadata wait."))
      }
    }
  }
}
