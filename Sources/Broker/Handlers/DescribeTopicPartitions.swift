import Cluster
import KafkaProtocol
import Records

/// DescribeTopicPartitions (KIP-966): topics by name, a page of partitions at a time.
enum DescribeTopicPartitionsHandler: Handler {
  static func handle(_ request: DescribeTopicPartitionsRequest, _ call: Call, _ loop: LoopService) {
    let names =
      request.topics.isEmpty
      ? loop.topics.byID.values.map(\.name) : Array(Set(request.topics.map(\.name)))
    let limit = min(
      Int(request.responsePartitionLimit),
      loop.broker.config.values.int("max.request.partition.size.limit"))
    guard limit > 0, request.cursor?.partitionIndex.rawValue ?? 0 >= 0 else {
      // Kafka has no other place for the error than each topic.
      return call.answer(
        DescribeTopicPartitionsResponse { response in
          response.topics = names.sorted().map { failed($0, .invalidRequest) }
        })
    }
    let node = loop.broker.config.nodeID
    call.answer(
      page(names.sorted(), from: request.cursor, limit: limit) { name in
        loop.topics.topic(named: name).map { ($0, node) }
      })
  }

  /// The topics from the cursor on, up to so many partitions, and the next cursor.
  ///
  /// - Parameter find: the topic and who leads its partitions.
  static func page(
    _ names: [String], from cursor: DescribeTopicPartitionsRequest.Cursor?, limit: Int,
    _ find: (String) -> (Topic, Int32)?
  ) -> DescribeTopicPartitionsResponse {
    DescribeTopicPartitionsResponse { response in
      var left = limit
      for name in names where name >= cursor?.topicName ?? "" {
        guard let (topic, node) = find(name) else {
          let isLegal = topicNameProblem(name) == nil
          response.topics.append(
            failed(name, isLegal ? .unknownTopicOrPartition : .invalidTopicException))
          continue
        }
        let first = name == cursor?.topicName ? Int(cursor?.partitionIndex.rawValue ?? 0) : 0
        let rest = (0..<Int32(topic.partitionCount)).dropFirst(first)
        if left > 0 { response.topics.append(describe(topic, rest.prefix(left), node)) }
        if rest.count > left {
          response.nextCursor = DescribeTopicPartitionsResponse.Cursor {
            $0.topicName = name
            $0.partitionIndex = PartitionID(rest.lowerBound + Int32(left))
          }
          return
        }
        left -= rest.count
      }
    }
  }

  private static func describe(
    _ topic: Topic, _ numbers: Range<Int32>, _ node: Int32
  ) -> DescribeTopicPartitionsResponse.Topic {
    DescribeTopicPartitionsResponse.Topic { answer in
      answer.name = topic.name
      answer.topicID = topic.id
      answer.isInternal = topic.isInternal
      answer.partitions = numbers.map { number in
        let id = PartitionID(number)
        return DescribeTopicPartitionsResponse.Partition {
          $0.partitionIndex = id
          $0.replicaNodes = [node]
          $0.eligibleLeaderReplicas = []
          $0.lastKnownElr = []
          guard let partition = topic.partition(id) else {
            $0.errorCode = .leaderNotAvailable
            $0.leaderID = -1
            $0.offlineReplicas = [node]
            return
          }
          $0.leaderID = node
          $0.leaderEpoch = partition.leaderEpoch
          $0.isrNodes = [node]
        }
      }
    }
  }

  private static func failed(
    _ name: String, _ code: ErrorCode
  ) -> DescribeTopicPartitionsResponse.Topic {
    DescribeTopicPartitionsResponse.Topic {
      $0.errorCode = code
      $0.name = name
    }
  }
}
