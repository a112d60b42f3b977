import Coordinators
import KafkaProtocol
import Records

/// DescribeShareGroupOffsets: where share groups begin, and how much is left of each partition
/// (KIP-932, KIP-1226).
enum DescribeShareGroupOffsetsHandler: Handler {
  private typealias Response = DescribeShareGroupOffsetsResponse

  /// In the answer for a partition that the group has not begun.
  private static let unknownStart = Offset(-1)

  static func handle(
    _ request: DescribeShareGroupOffsetsRequest, _ call: Call, _ loop: LoopService
  ) {
    let (broker, topics) = (loop.broker, loop.topics)
    let gathering = Gathering<Response.Group>(count: request.groups.count) { groups in
      call.answerFromAnywhere(Response { $0.groups = groups })
    }
    for (index, asked) in request.groups.enumerated() {
      let done: @Sendable (Response.Group) -> Void = { gathering.put($0, at: index) }
      let id = asked.groupID
      broker.groups.shareStatus(
        of: id, refuse: { done(refused(id, $0, nil)) },
        { status in
          if let refusal = status.refusal(of: id) {
            return done(refused(id, refusal.code, refusal.message))
          }
          guard let wanted = asked.topics else { return describeAll(id, broker, topics, done) }
          describe(id, wanted, broker, topics, done)
        })
    }
  }

  private static func refused(
    _ group: String, _ code: ErrorCode, _ message: String?
  ) -> Response.Group {
    Response.Group {
      $0.groupID = group
      $0.errorCode = code
      $0.errorMessage = message
    }
  }

  /// Describes every partition that the group has begun.
  private static func describeAll(
    _ group: String, _ broker: BrokerContext, _ topics: TopicTable.Snapshot,
    _ done: @escaping @Sendable (Response.Group) -> Void
  ) {
    broker.shares.findKeys(ofGroup: group) { code, keys in
      guard code == .none else { return done(refused(group, code, nil)) }
      let byTopic = Dictionary(grouping: keys, by: \.topicID)
      let wanted = byTopic.compactMap { id, keys -> DescribeShareGroupOffsetsRequest.Topic? in
        guard let topic = topics.byID[id] else { return nil }
        return DescribeShareGroupOffsetsRequest.Topic {
          $0.topicName = topic.name
          $0.partitions = keys.map(\.partition).sorted()
        }
      }
      describe(
        group, wanted.sorted { $0.topicName < $1.topicName }, broker, topics, done)
    }
  }

  private static func describe(
    _ group: String, _ wanted: [DescribeShareGroupOffsetsRequest.Topic],
    _ broker: BrokerContext, _ topics: TopicTable.Snapshot,
    _ done: @escaping @Sendable (Response.Group) -> Void
  ) {
    let places = wanted.flatMap { topic in topic.partitions.map { (topic.topicName, $0) } }
    let gathering = Gathering<Response.Partition>(count: places.count) { parts in
      var rest = parts[...]
      done(
        Response.Group { answer in
          answer.groupID = group
          answer.topics = wanted.map { topic in
            Response.Topic {
              $0.topicName = topic.topicName
              $0.topicID = topics.topic(named: topic.topicName)?.id ?? .zero
              $0.partitions = Array(rest.prefix(topic.partitions.count))
              rest = rest.dropFirst(topic.partitions.count)
            }
          }
        })
    }
    for (index, (name, id)) in places.enumerated() {
      describe(group, topics.topic(named: name), id, broker) { gathering.put($0, at: index) }
    }
  }

  private static func describe(
    _ group: String, _ topic: Topic?, _ id: PartitionID, _ broker: BrokerContext,
    _ done: @escaping @Sendable (Response.Partition) -> Void
  ) {
    let empty = Response.Partition {
      $0.partitionIndex = id
      $0.startOffset = unknownStart
    }
    let refuse: @Sendable (ErrorCode) -> Void = { code in
      var answer = empty
      answer.errorCode = code
      done(answer)
    }
    guard let partition = topic?.partition(id) else {
      return refuse(topic?.problem(withMissing: id) ?? .unknownTopicOrPartition)
    }
    let key = SharePartitionKey(group: group, topicID: partition.topicID, partition: id)
    broker.shares.withShard(of: key, refuse: refuse) { shard in
      var answer = empty
      answer.leaderEpoch = partition.leaderEpoch
      if let machine = shard.machine(key), let stored = machine.startOffset {
        let start = max(stored, partition.log.logStartOffset)
        answer.startOffset = start
        answer.lag = max(0, partition.highWatermark - start - machine.finishedCount)
      }
      done(answer)
    }
  }
}
