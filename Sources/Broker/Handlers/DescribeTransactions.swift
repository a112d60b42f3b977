import Coordinators
import KafkaProtocol

/// DescribeTransactions: what the coordinator knows of some transactional ids (KIP-664).
enum DescribeTransactionsHandler: Handler {
  static func handle(_ request: DescribeTransactionsRequest, _ call: Call, _ loop: LoopService) {
    let ids = request.transactionalIDs
    let gathering = Gathering<DescribeTransactionsResponse.Transaction>(count: ids.count) { all in
      call.answerFromAnywhere(DescribeTransactionsResponse { $0.transactionStates = all })
    }
    for (index, id) in ids.enumerated() {
      let refuse: @Sendable (ErrorCode) -> Void = { code in
        gathering.put(refused(id, code), at: index)
      }
      if id.isEmpty {
        refuse(.invalidRequest)
        continue
      }
      loop.broker.transactions.withShard(of: id, refuse: refuse) { shard in
        guard let known = shard.metadata(of: id) else { return refuse(.transactionalIDNotFound) }
        gathering.put(describe(id, known), at: index)
      }
    }
  }

  private static func refused(
    _ id: String, _ code: ErrorCode
  ) -> DescribeTransactionsResponse.Transaction {
    DescribeTransactionsResponse.Transaction {
      $0.errorCode = code
      $0.transactionalID = id
    }
  }

  private static func describe(
    _ id: String, _ known: TransactionMetadata
  ) -> DescribeTransactionsResponse.Transaction {
    DescribeTransactionsResponse.Transaction { answer in
      answer.transactionalID = id
      answer.transactionState = known.state.name
      answer.transactionTimeoutMilliseconds = known.timeoutMilliseconds
      answer.transactionStartTimeMilliseconds = known.startTimestamp
      answer.producerID = known.producerID
      answer.producerEpoch = known.producerEpoch
      for partition in known.partitions.sorted() {
        if answer.topics.last?.topic != partition.topic {
          answer.topics.append(
            DescribeTransactionsResponse.Topic { $0.topic = partition.topic })
        }
        answer.topics[answer.topics.count - 1].partitions.append(partition.partition)
      }
    }
  }
}
