import Cluster
import KafkaProtocol

/// CreatePartitions: raises a topic's number of partitions.
enum CreatePartitionsHandler: Handler {
  static func handle(_ request: CreatePartitionsRequest, _ call: Call, _ loop: LoopService) {
    let broker = loop.broker
    let busy = CreatePartitionsResponse { response in
      response.results = request.topics.map {
        answer($0, Refusal(.requestTimedOut, "Too many changes of metadata wait."))
      }
    }
    loop.onController(call, strictQuotaFrom: 3, busy: busy) { quota in
      CreatePartitionsResponse { response in
        response.results = request.topics.map { wish in
          do throws(Refusal) {
            guard request.topics.count(where: { $0.name == wish.name }) == 1 else {
              throw Refusal(.invalidRequest, "Duplicate topic name.")
            }
            if let topic = broker.cluster.image.topic(named: wish.name) {
              try quota?.take(max(0, Int(wish.count) - topic.partitionCount))
            }
            try broker.lifecycle.addPartitions(
              to: wish.name, count: wish.count,
              assignments: wish.assignments?.map(\.brokerIDs),
              validateOnly: request.validateOnly)
            return answer(wish, nil)
          } catch {
            return answer(wish, error)
          }
        }
      }
    }
  }

  private static func answer(
    _ wish: CreatePartitionsRequest.Topic, _ refusal: Refusal?
  ) -> CreatePartitionsResponse.Topic {
    CreatePartitionsResponse.Topic {
      $0.name = wish.name
      $0.errorCode = refusal?.code ?? .none
      $0.errorMessage = refusal?.message
    }
  }
}
