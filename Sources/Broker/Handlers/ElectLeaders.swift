import KafkaProtocol
import Records

/// ElectLeaders: the one broker leads every partition already, by preference and by need.
enum ElectLeadersHandler: Handler {
  static func handle(_ request: ElectLeadersRequest, _ call: Call, _ loop: LoopService) {
    call.answer(
      ElectLeadersResponse { response in
        // Asked for all partitions Kafka lists only those that got another leader.
        response.replicaElectionResults = (request.topicPartitions ?? []).map { asked in
          let topic = loop.topics.topic(named: asked.topic)
          return ElectLeadersResponse.TopicResult { answer in
            answer.topic = asked.topic
            answer.partitionResult = asked.partitions.map { result(of: $0, in: topic) }
          }
        }
      })
  }

  private static func result(
    of partition: PartitionID, in topic: Topic?
  ) -> ElectLeadersResponse.PartitionResult {
    let exists = topic?.partition(partition) != nil
    return ElectLeadersResponse.PartitionResult {
      $0.partitionID = partition
      $0.errorCode = exists ? .electionNotNeeded : .unknownTopicOrPartition
      $0.errorMessage =
        exists
        ? "Leader election not needed for topic partition."
        : "This server does not host this topic-partition."
    }
  }
}
