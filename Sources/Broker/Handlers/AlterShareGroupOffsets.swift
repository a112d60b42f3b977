import Coordinators
import KafkaProtocol
import Records

/// AlterShareGroupOffsets: lets a share group without members go on elsewhere; answered when that
/// is durable (KIP-932).
enum AlterShareGroupOffsetsHandler: Handler {
  private typealias Response = AlterShareGroupOffsetsResponse

  static func handle(
    _ request: AlterShareGroupOffsetsRequest, _ call: Call, _ loop: LoopService
  ) {
    let (broker, topics) = (loop.broker, loop.topics)
    broker.groups.prepareShareGroup(request.groupID) { code in
      guard code == .none else {
        return call.answerFromAnywhere(Response { $0.errorCode = code })
      }
      alter(request, broker, topics) { call.answerFromAnywhere($0) }
    }
  }

  private static func alter(
    _ request: AlterShareGroupOffsetsRequest, _ broker: BrokerContext,
    _ topics: TopicTable.Snapshot, _ done: @escaping @Sendable (Response) -> Void
  ) {
    let wishes = request.topics.flatMap { topic in
      topic.partitions.map { (topics.topic(named: topic.topicName), $0) }
    }
    let gathering = Gathering<ErrorCode>(count: wishes.count) { codes in
      var rest = codes[...]
      done(
        Response { response in
          response.responses = request.topics.map { topic in
            Response.Topic {
              $0.topicName = topic.topicName
              $0.topicID = topics.topic(named: topic.topicName)?.id ?? .zero
              $0.partitions = zip(topic.partitions, rest).map { wish, code in
                Response.Partition {
                  $0.partitionIndex = wish.partitionIndex
                  $0.errorCode = code
                }
              }
              rest = rest.dropFirst(topic.partitions.count)
            }
          }
        })
    }
    for (index, (topic, wish)) in wishes.enumerated() {
      let answer: @Sendable (ErrorCode) -> Void = { gathering.put($0, at: index) }
      guard let topic, topic.partition(wish.partitionIndex) != nil else {
        answer(topic?.problem(withMissing: wish.partitionIndex) ?? .unknownTopicOrPartition)
        continue
      }
      guard wish.startOffset >= Offset(0) else {
        answer(.invalidRequest)
        continue
      }
      let key = SharePartitionKey(
        group: request.groupID, topicID: topic.id, partition: wish.partitionIndex)
      broker.shares.withShard(of: key, refuse: answer) { shard in
        shard.handle(key, answer: answer) { .setStart(wish.startOffset, $0) }
      }
    }
  }
}
