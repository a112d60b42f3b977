import KafkaProtocol
import Records

/// AlterReplicaLogDirs: there is one log directory, in which everything lies already.
enum AlterReplicaLogDirsHandler: Handler {
  static func handle(_ request: AlterReplicaLogDirsRequest, _ call: Call, _ loop: LoopService) {
    let directory = loop.broker.config.logDirectory
    call.answer(
      AlterReplicaLogDirsResponse { response in
        response.results = request.dirs.flatMap { wish in
          wish.topics.map { asked in
            let topic = loop.topics.topic(named: asked.name)
            return AlterReplicaLogDirsResponse.TopicResult { answer in
              answer.topicName = asked.name
              answer.partitions = asked.partitions.map { partition in
                AlterReplicaLogDirsResponse.PartitionResult {
                  $0.partitionIndex = partition
                  $0.errorCode = code(partition, topic, isKnown: wish.path == directory)
                }
              }
            }
          }
        }
      })
  }

  private static func code(_ partition: PartitionID, _ topic: Topic?, isKnown: Bool) -> ErrorCode {
    guard isKnown else { return .logDirNotFound }
    return topic?.partition(partition) == nil ? .unknownTopicOrPartition : .none
  }
}
