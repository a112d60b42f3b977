import CommitLog
import KafkaProtocol
import Records

/// DescribeProducers: what partitions remember of their producers, open transactions above all
/// (KIP-664).
enum DescribeProducersHandler: Handler {
  static func handle(_ request: DescribeProducersRequest, _ call: Call, _ loop: LoopService) {
    let topics = loop.topics
    // Partitions may remember many, and an append may hold the log meanwhile.
    loop.onController(
      call, busy: answer(request) { _, entry in entry.errorCode = .requestTimedOut }
    ) {
      answer(request) { topic, entry in
        let partition = topics.topic(named: topic)?.partition(entry.partitionIndex)
        if let partition {
          entry.activeProducers = partition.log.producers.map(described)
        } else {
          entry.errorCode = .unknownTopicOrPartition
        }
      }
    }
  }

  /// An answer whose partitions are filled in by `fill`, which gets the topic's name.
  private static func answer(
    _ request: DescribeProducersRequest,
    _ fill: (String, inout DescribeProducersResponse.Partition) -> Void
  ) -> DescribeProducersResponse {
    DescribeProducersResponse { response in
      response.topics = request.topics.map { topic in
        DescribeProducersResponse.Topic { answer in
          answer.name = topic.name
          answer.partitions = topic.partitionIndexes.map { index in
            DescribeProducersResponse.Partition {
              $0.partitionIndex = index
              fill(topic.name, &$0)
            }
          }
        }
      }
    }
  }

  private static func described(
    _ producer: ProducerDescription
  ) -> DescribeProducersResponse.Producer {
    DescribeProducersResponse.Producer {
      $0.producerID = producer.producerID
      $0.producerEpoch = Int32(producer.producerEpoch)
      $0.lastSequence = producer.lastSequence
      $0.lastTimestamp = producer.lastTimestamp
      $0.coordinatorEpoch = producer.coordinatorEpoch
      $0.currentTxnStartOffset = producer.transactionStart ?? Offset(-1)
    }
  }
}
