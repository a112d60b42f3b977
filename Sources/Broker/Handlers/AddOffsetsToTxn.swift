import Coordinators
import KafkaProtocol

/// AddOffsetsToTxn: adds the partition of `__consumer_offsets` that keeps the group.
enum AddOffsetsToTxnHandler: Handler {
  static func handle(_ request: AddOffsetsToTxnRequest, _ call: Call, _ loop: LoopService) {
    let answer: @Sendable (ErrorCode) -> Void = { code in
      call.answerFromAnywhere(
        AddOffsetsToTxnResponse { $0.errorCode = code.inTransaction(version: call.version) })
    }
    guard !request.transactionalID.isEmpty else { return answer(.invalidRequest) }
    guard !request.groupID.isEmpty else { return answer(.invalidGroupID) }
    let producer = ProducerIdentity(id: request.producerID, epoch: request.producerEpoch)
    let transactions = loop.broker.transactions
    // By way of the group's shard: the topic is there then, and its partition known.
    loop.broker.groups.withShard(of: request.groupID, refuse: answer) { shard in
      let place = TransactionPartition(topic: OffsetsTopic.name, partition: shard.partition.id)
      transactions.handle(
        request.transactionalID, refuse: answer, answer: { answer($0.code) },
        { .add(TransactionAddition(producer: producer, partitions: [place]), $0) })
    }
  }
}
