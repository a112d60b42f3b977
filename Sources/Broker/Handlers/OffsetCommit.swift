import Coordinators
import KafkaProtocol
import Records

/// OffsetCommit: answered when the offsets are durable.
enum OffsetCommitHandler: Handler {
  /// Topics are named by id from here on (KIP-848).
  private static let firstVersionWithIDs: Int16 = 10
  /// Members of the consumer protocol commit with their epochs from here on (KIP-848).
  private static let firstVersionWithEpochs: Int16 = 9

  /// A partition's place in the answer.
  private struct Place: Sendable {
    let topic: Int
    let partition: Int
  }

  static func handle(_ request: OffsetCommitRequest, _ call: Call, _ loop: LoopService) {
    var answer = OffsetCommitResponse()
    var places: [Place] = []
    var commit = OffsetCommit(
      generationID: request.generationIDOrMemberEpoch, memberID: request.memberID,
      groupInstanceID: request.groupInstanceID,
      retentionMilliseconds: request.retentionTimeMilliseconds,
      knowsMemberEpochs: call.version >= firstVersionWithEpochs, partitions: [])
    for (topicIndex, asked) in request.topics.enumerated() {
      let byID = call.version >= firstVersionWithIDs
      let topic = byID ? loop.topics.byID[asked.topicID] : loop.topics.topic(named: asked.name)
      var answered = OffsetCommitResponse.Topic {
        $0.name = asked.name
        $0.topicID = asked.topicID
      }
      for (index, wish) in asked.partitions.enumerated() {
        var code = ErrorCode.none
        if let topic, topic.partition(wish.partitionIndex) != nil {
          places.append(Place(topic: topicIndex, partition: index))
          commit.partitions.append(
            OffsetCommit.Partition(
              topic: topic.name, partition: wish.partitionIndex, offset: wish.committedOffset,
              leaderEpoch: wish.committedLeaderEpoch, metadata: wish.committedMetadata ?? ""))
        } else {
          code = byID && topic == nil ? .unknownTopicID : .unknownTopicOrPartition
        }
        answered.partitions.append(
          OffsetCommitResponse.Partition {
            $0.partitionIndex = wish.partitionIndex
            $0.errorCode = code
          })
      }
      answer.topics.append(answered)
    }
    guard !places.isEmpty else { return call.answer(answer) }
    send(commit, of: request.groupID, call, answer, places, loop)
  }

  private static func send(
    _ commit: OffsetCommit, of group: String, _ call: Call, _ answer: OffsetCommitResponse,
    _ places: [Place], _ loop: LoopService
  ) {
    let finish: @Sendable ([ErrorCode]) -> Void = { codes in
      var answer = answer
      for (place, code) in zip(places, codes) {
        answer.topics[place.topic].partitions[place.partition].errorCode = code
      }
      call.answerFromAnywhere(answer)
    }
    let refuse: @Sendable (ErrorCode) -> Void = { code in finish(places.map { _ in code }) }
    loop.broker.groups.withShard(of: group, refuse: refuse) { shard in
      shard.handle(
        group,
        answer: { reply in
          guard case .commit(let codes) = reply else { return refuse(.notCoordinator) }
          finish(codes)
        }, { .commit(commit, $0) })
    }
  }
}
