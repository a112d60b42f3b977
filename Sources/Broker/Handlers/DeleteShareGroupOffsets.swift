import Coordinators
import KafkaProtocol
import Records

/// DeleteShareGroupOffsets: forgets how far a share group without members has come in some topics;
/// answered when that is durable (KIP-932).
enum DeleteShareGroupOffsetsHandler: Handler {
  private typealias Response = DeleteShareGroupOffsetsResponse

  static func handle(
    _ request: DeleteShareGroupOffsetsRequest, _ call: Call, _ loop: LoopService
  ) {
    let (broker, topics, id) = (loop.broker, loop.topics, request.groupID)
    let refuse: @Sendable (ErrorCode, String?) -> Void = { code, message in
      call.answerFromAnywhere(
        Response {
          $0.errorCode = code
          $0.errorMessage = message
        })
    }
    broker.groups.shareStatus(
      of: id, refuse: { refuse($0, nil) },
      { status in
        if let refusal = status.refusal(of: id) { return refuse(refusal.code, refusal.message) }
        if case .share(isEmpty: false, _) = status {
          return refuse(.nonEmptyGroup, "Group \(id) is not empty.")
        }
        broker.shares.findKeys(ofGroup: id) { code, keys in
          guard code == .none else { return refuse(code, nil) }
          delete(request, keys, broker, topics) { call.answerFromAnywhere($0) }
        }
      })
  }

  private static func delete(
    _ request: DeleteShareGroupOffsetsRequest, _ keys: [SharePartitionKey],
    _ broker: BrokerContext, _ topics: TopicTable.Snapshot,
    _ done: @escaping @Sendable (Response) -> Void
  ) {
    let gathering = Gathering<Response.Topic>(count: request.topics.count) { answers in
      done(Response { $0.responses = answers })
    }
    for (index, wish) in request.topics.enumerated() {
      var answer = Response.Topic { $0.topicName = wish.topicName }
      let topic = topics.topic(named: wish.topicName)
      answer.topicID = topic?.id ?? .zero
      let own = keys.filter { $0.topicID == topic?.id }
      guard !own.isEmpty else {
        answer.errorCode = .unknownTopicOrPartition
        answer.errorMessage =
          topic == nil
          ? "This server does not host this topic-partition."
          : "There is no offset information to delete."
        gathering.put(answer, at: index)
        continue
      }
      broker.shares.delete(own) { [answer] code in
        var answer = answer
        answer.errorCode = code
        gathering.put(answer, at: index)
      }
    }
  }
}
