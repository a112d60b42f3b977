import Cluster
import KafkaProtocol
import Records

/// AlterPartitionReassignments: the one place a partition can be is where it is, so nothing ever
/// moves.
enum AlterPartitionReassignmentsHandler: Handler {
  static func handle(
    _ request: AlterPartitionReassignmentsRequest, _ call: Call, _ loop: LoopService
  ) {
    let node = loop.broker.config.nodeID
    call.answer(
      AlterPartitionReassignmentsResponse { response in
        response.allowReplicationFactorChange = request.allowReplicationFactorChange
        response.responses = request.topics.map { asked in
          let topic = loop.topics.topic(named: asked.name)
          return AlterPartitionReassignmentsResponse.TopicResult { answer in
            answer.name = asked.name
            answer.partitions = asked.partitions.map { wish in
              let refusal = refusal(wish, topic, node)
              return AlterPartitionReassignmentsResponse.PartitionResult {
                $0.partitionIndex = wish.partitionIndex
                $0.errorCode = refusal?.code ?? .none
                $0.errorMessage = refusal?.message
              }
            }
          }
        }
      })
  }

  private static func refusal(
    _ wish: AlterPartitionReassignmentsRequest.Partition, _ topic: Topic?, _ node: Int32
  ) -> Refusal? {
    guard topic?.partition(wish.partitionIndex) != nil else {
      return Refusal(.unknownTopicOrPartition, "This server does not host this topic-partition.")
    }
    guard let replicas = wish.replicas else {
      return Refusal(.noReassignmentInProgress, "No partition reassignment is in progress.")
    }
    if replicas.isEmpty {
      return Refusal(
        .invalidReplicaAssignment,
        "The manual partition assignment includes an empty replica list.")
    }
    guard Set(replicas).count == replicas.count else {
      return Refusal(
        .invalidReplicaAssignment,
        "The manual partition assignment includes a broker more than once.")
    }
    if let other = replicas.first(where: { $0 != node }) {
      return Refusal(
        .invalidReplicaAssignment,
        "The manual partition assignment includes broker \(other), but no such broker is "
          + "registered.")
    }
    return nil
  }
}
