import CommitLog
import KafkaProtocol
import Platform
import Records

/// DeleteRecords: moves log starts forward, in whichever tier they lie (KIP-107).
///
/// The new start is durable in the local checkpoint when the answer leaves; consumers and
/// ListOffsets see it at once. The topic's next settling round takes it into the table, deletes
/// local segments below it, and lets files leave the table by the same rule as retention.
enum DeleteRecordsHandler: Handler {
  /// Stands for the high watermark as the offset to delete before.
  private static let toHighWatermark = Offset(-1)
  /// In the answer for a partition with an error.
  private static let noLowWatermark = Offset(-1)

  /// One partition's new log start.
  private struct Move: Sendable {
    /// Its place in the answer.
    let topic: Int
    let index: Int
    let partition: Partition
    let offset: Offset
  }

  static func handle(_ request: DeleteRecordsRequest, _ call: Call, _ loop: LoopService) {
    var response = DeleteRecordsResponse()
    var moves: [Move] = []
    for (topicIndex, asked) in request.topics.enumerated() {
      let topic = loop.topics.topic(named: asked.name)
      var answer = DeleteRecordsResponse.Topic { $0.name = asked.name }
      for (index, target) in asked.partitions.enumerated() {
        var entry = DeleteRecordsResponse.Partition {
          $0.partitionIndex = target.partitionIndex
          $0.lowWatermark = noLowWatermark
        }
        switch decide(target, topic, loop.broker) {
        case .success((let partition, let offset)):
          moves.append(
            Move(topic: topicIndex, index: index, partition: partition, offset: offset))
        case .failure(let refusal): entry.errorCode = refusal.code
        }
        answer.partitions.append(entry)
      }
      response.topics.append(answer)
    }
    if moves.isEmpty { return call.answer(response) }
    carryOut(moves, response, call, loop.broker)
  }

  private struct Refused: Error {
    let code: ErrorCode
  }

  private static func decide(
    _ target: DeleteRecordsRequest.Partition, _ topic: Topic?, _ broker: BrokerContext
  ) -> Result<(Partition, Offset), Refused> {
    guard let topic, let partition = topic.partition(target.partitionIndex) else {
      return .failure(Refused(code: .unknownTopicOrPartition))
    }
    if topic.isInternal { return .failure(Refused(code: .invalidTopicException)) }
    // Of a topic that is only compacted nothing may vanish but what a later record replaces.
    guard topic.config.deletes else { return .failure(Refused(code: .policyViolation)) }
    if broker.cold.isFenced(topic.id) { return .failure(Refused(code: .notLeaderOrFollower)) }
    let end = partition.highWatermark
    let offset = target.offset == toHighWatermark ? end : target.offset
    guard offset >= Offset(0), offset <= end else {
      return .failure(Refused(code: .offsetOutOfRange))
    }
    return .success((partition, offset))
  }

  /// Writes the new log starts on a thread that may wait for the disk, and answers.
  private static func carryOut(
    _ moves: [Move], _ response: DeleteRecordsResponse, _ call: Call, _ broker: BrokerContext
  ) {
    let isQueued = broker.pool.submit {
      var response = response
      var failure: ErrorCode?
      do throws(StorageError) {
        try PartitionLog.advanceLogStarts(moves.map { ($0.partition.log, $0.offset) })
      } catch {
        broker.storageFailed(error, moves[0].partition)
        failure = .kafkaStorageError
      }
      for move in moves {
        response.topics[move.topic].partitions[move.index].answer(move.partition, failure)
      }
      call.answerFromAnywhere(response)
    }
    guard !isQueued else { return }
    var response = response
    for move in moves {
      response.topics[move.topic].partitions[move.index].answer(move.partition, .requestTimedOut)
    }
    call.answer(response)
  }
}

extension DeleteRecordsResponse.Partition {
  fileprivate mutating func answer(_ partition: Partition, _ failure: ErrorCode?) {
    if let failure {
      errorCode = failure
    } else {
      lowWatermark = partition.log.logStartOffset
    }
  }
}
