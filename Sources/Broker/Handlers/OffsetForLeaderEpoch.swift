import KafkaProtocol
import Records

/// OffsetForLeaderEpoch: where leader epochs end, so that a consumer finds out whether the log it
/// read from was cut (KIP-320). The history spans both tiers: local deletion does not shorten it.
enum OffsetForLeaderEpochHandler: Handler {
  static func handle(_ request: OffsetForLeaderEpochRequest, _ call: Call, _ loop: LoopService) {
    call.answer(
      OffsetForLeaderEpochResponse { response in
        response.topics = request.topics.map { asked in
          let topic = loop.topics.topic(named: asked.topic)
          return OffsetForLeaderEpochResponse.Topic {
            $0.topic = asked.topic
            $0.partitions = asked.partitions.map { answer($0, topic) }
          }
        }
      })
  }

  private static func answer(
    _ asked: OffsetForLeaderEpochRequest.Partition, _ topic: Topic?
  ) -> OffsetForLeaderEpochResponse.Partition {
    OffsetForLeaderEpochResponse.Partition {
      $0.partition = asked.partition
      guard let partition = topic?.partition(asked.partition) else {
        $0.errorCode = .unknownTopicOrPartition
        return
      }
      if let problem = partition.problem(withKnownEpoch: asked.currentLeaderEpoch) {
        $0.errorCode = problem
      } else if let end = partition.log.endOffset(for: asked.leaderEpoch) {
        $0.leaderEpoch = end.epoch
        $0.endOffset = end.offset
      }
    }
  }
}
