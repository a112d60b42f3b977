import Coordinators
import KafkaProtocol
import Records

/// AddPartitionsToTxn: of one transaction, or (version 4, between brokers) of many, which may live
/// on different loops.
enum AddPartitionsToTxnHandler: Handler {
  private static let firstVersionWithMany: Int16 = 4
  /// TRANSACTION_ABORTABLE is known from here on (KIP-890).
  private static let firstVersionWithAbortable: Int16 = 5

  static func handle(_ request: AddPartitionsToTxnRequest, _ call: Call, _ loop: LoopService) {
    let isOld = call.version < firstVersionWithMany
    let transactions = isOld ? [oldTransaction(request)] : request.transactions
    let gathering = Gathering<AddPartitionsToTxnResponse.Transaction>(count: transactions.count) {
      results in
      call.answerFromAnywhere(
        AddPartitionsToTxnResponse { response in
          if isOld {
            response.resultsByTopicV3AndBelow = results[0].topicResults
          } else {
            response.resultsByTransaction = results
          }
        })
    }
    for (index, transaction) in transactions.enumerated() {
      run(transaction, isOld: isOld, loop) { codes in
        gathering.put(
          answer(transaction, codes.map { told($0, call.version) }), at: index)
      }
    }
  }

  private static func oldTransaction(
    _ request: AddPartitionsToTxnRequest
  ) -> AddPartitionsToTxnRequest.Transaction {
    AddPartitionsToTxnRequest.Transaction {
      $0.transactionalID = request.v3AndBelowTransactionalID
      $0.producerID = request.v3AndBelowProducerID
      $0.producerEpoch = request.v3AndBelowProducerEpoch
      $0.topics = request.v3AndBelowTopics
    }
  }

  /// Gives one code for each partition, in their order; from any thread.
  private static func run(
    _ transaction: AddPartitionsToTxnRequest.Transaction, isOld: Bool, _ loop: LoopService,
    _ finish: @escaping @Sendable ([ErrorCode]) -> Void
  ) {
    let partitions = transaction.topics.flatMap { topic in
      topic.partitions.map { TransactionPartition(topic: topic.name, partition: $0) }
    }
    let all: @Sendable (ErrorCode) -> Void = { code in finish(partitions.map { _ in code }) }
    guard !transaction.transactionalID.isEmpty else { return all(.invalidRequest) }
    // One that cannot be added keeps the others out.
    let problems = transaction.verifyOnly ? [] : partitions.map { problem(with: $0, loop) }
    if problems.contains(where: { $0 != nil }) {
      return finish(problems.map { $0 ?? .operationNotAttempted })
    }
    let addition = TransactionAddition(
      producer: ProducerIdentity(id: transaction.producerID, epoch: transaction.producerEpoch),
      partitions: partitions, clientVersion: isOld ? 0 : 2)
    let verifies = transaction.verifyOnly
    loop.broker.transactions.handle(
      transaction.transactionalID, refuse: all,
      answer: { reply in
        guard case .partitions(let codes) = reply else { return all(.notCoordinator) }
        finish(codes)
      }, { verifies ? .verify(addition, $0) : .add(addition, $0) })
  }

  private static func problem(
    with partition: TransactionPartition, _ loop: LoopService
  ) -> ErrorCode? {
    guard let topic = loop.topics.topic(named: partition.topic),
      topic.partition(partition.partition) != nil
    else { return .unknownTopicOrPartition }
    // Nobody else writes there; offsets have a request of their own.
    return topic.isInternal ? .topicAuthorizationFailed : nil
  }

  private static func told(_ code: ErrorCode, _ version: Int16) -> ErrorCode {
    if code == .transactionAbortable, version < firstVersionWithAbortable {
      return .invalidTxnState
    }
    return code.inTransaction(version: version)
  }

  private static func answer(
    _ transaction: AddPartitionsToTxnRequest.Transaction, _ codes: [ErrorCode]
  ) -> AddPartitionsToTxnResponse.Transaction {
    var codes = codes[...]
    return AddPartitionsToTxnResponse.Transaction { answer in
      answer.transactionalID = transaction.transactionalID
      answer.topicResults = transaction.topics.map { topic in
        AddPartitionsToTxnResponse.Topic { result in
          result.name = topic.name
          result.resultsByPartition = topic.partitions.map { partition in
            AddPartitionsToTxnResponse.Partition {
              $0.partitionIndex = partition
              $0.partitionErrorCode = codes.removeFirst()
            }
          }
        }
      }
    }
  }
}
