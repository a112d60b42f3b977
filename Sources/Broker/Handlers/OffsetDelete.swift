import Coordinators
import KafkaProtocol
import Records

/// OffsetDelete: answered when it is durable that the offsets are gone (KIP-496).
enum OffsetDeleteHandler: Handler {
  static func handle(_ request: OffsetDeleteRequest, _ call: Call, _ loop: LoopService) {
    var answer = OffsetDeleteResponse()
    var keys: [OffsetKey] = []
    for asked in request.topics {
      let topic = loop.topics.topic(named: asked.name)
      answer.topics.append(
        OffsetDeleteResponse.Topic {
          $0.name = asked.name
          $0.partitions = asked.partitions.map { wish in
            let isKnown = topic?.partition(wish.partitionIndex) != nil
            if isKnown {
              keys.append(OffsetKey(topic: asked.name, partition: wish.partitionIndex))
            }
            return OffsetDeleteResponse.Partition {
              $0.partitionIndex = wish.partitionIndex
              $0.errorCode = isKnown ? .none : .unknownTopicOrPartition
            }
          }
        })
    }
    send(keys, request.groupID, answer, call, loop)
  }

  private static func send(
    _ keys: [OffsetKey], _ group: String, _ answer: OffsetDeleteResponse, _ call: Call,
    _ loop: LoopService
  ) {
    let refuse: @Sendable (ErrorCode) -> Void = { code in
      call.answerFromAnywhere(OffsetDeleteResponse { $0.errorCode = code })
    }
    loop.broker.groups.withShard(of: group, refuse: refuse) { shard in
      shard.handle(
        group,
        answer: { reply in
          guard case .offsetsDeleted(let code, let codes) = reply else {
            return refuse(.notCoordinator)
          }
          guard code == .none else { return refuse(code) }
          call.answerFromAnywhere(merge(codes, into: answer))
        }, { .deleteOffsets(keys, $0) })
    }
  }

  /// Puts the group's answers where no error stands already; in the order of the request.
  private static func merge(
    _ codes: [ErrorCode], into answer: OffsetDeleteResponse
  ) -> OffsetDeleteResponse {
    var answer = answer
    var rest = codes[...]
    for topic in answer.topics.indices {
      for index in answer.topics[topic].partitions.indices
      where answer.topics[topic].partitions[index].errorCode == .none {
        answer.topics[topic].partitions[index].errorCode = rest.popFirst() ?? .none
      }
    }
    return answer
  }
}
