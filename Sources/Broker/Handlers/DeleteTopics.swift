import Cluster
import KafkaProtocol
import Records

/// DeleteTopics, by name and (version 6) by id.
enum DeleteTopicsHandler: Handler {
  static func handle(_ request: DeleteTopicsRequest, _ call: Call, _ loop: LoopService) {
    let broker = loop.broker
    let wishes =
      request.topics.isEmpty
      ? request.topicNames.map { name in DeleteTopicsRequest.Topic { $0.name = name } }
      : request.topics
    let busy = DeleteTopicsResponse { response in
      response.responses = wishes.map {
        answer($0, Refusal(.requestTimedOut, "Too many changes of metadata wait."))
      }
    }
    loop.onController(call, strictQuotaFrom: 5, busy: busy) { quota in
      DeleteTopicsResponse { response in
        response.responses = wishes.map { wish in
          refusal(wish, among: wishes).map { answer(wish, $0) } ?? delete(wish, broker, &quota)
        }
      }
    }
  }

  /// What is wrong with a wish whatever topics there are.
  private static func refusal(
    _ wish: DeleteTopicsRequest.Topic, among wishes: [DeleteTopicsRequest.Topic]
  ) -> Refusal? {
    if wish.name == nil, wish.topicID == .zero {
      return Refusal(.invalidRequest, "Neither topic name nor id were specified.")
    }
    if wish.name != nil, wish.topicID != .zero {
      return Refusal(.invalidRequest, "You may not specify both topic name and topic id.")
    }
    let isOnce = wishes.count { $0.name == wish.name && $0.topicID == wish.topicID } == 1
    return isOnce ? nil : Refusal(.invalidRequest, "Duplicate topic name or id.")
  }

  private static func delete(
    _ wish: DeleteTopicsRequest.Topic, _ broker: BrokerContext, _ quota: inout MutationQuota?
  ) -> DeleteTopicsResponse.Topic {
    guard broker.limits.deletesTopics else {
      return answer(wish, Refusal(.topicDeletionDisabled, "delete.topic.enable is false."))
    }
    let image = broker.cluster.image
    let topic = wish.name.map { image.topic(named: $0) } ?? image.topics[wish.topicID]
    guard let topic else {
      return answer(
        wish,
        wish.name == nil
          ? Refusal(.unknownTopicID, "This server does not host this topic ID.")
          : Refusal(.unknownTopicOrPartition, "This server does not host this topic-partition."))
    }
    do throws(Refusal) {
      try quota?.take(topic.partitionCount)
      try broker.lifecycle.delete(topic.id)
      broker.groups.topicDeleted(topic.name)
      broker.shares.topicDeleted(topic.id)
      return DeleteTopicsResponse.Topic {
        $0.name = topic.name
        $0.topicID = topic.id
      }
    } catch {
      return answer(wish, error)
    }
  }

  private static func answer(
    _ wish: DeleteTopicsRequest.Topic, _ refusal: Refusal
  ) -> DeleteTopicsResponse.Topic {
    DeleteTopicsResponse.Topic {
      $0.name = wish.name
      $0.topicID = wish.topicID
      $0.errorCode = refusal.code
      $0.errorMessage = refusal.message
    }
  }
}
