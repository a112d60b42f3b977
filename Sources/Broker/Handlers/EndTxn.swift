import Coordinators
import KafkaProtocol

/// EndTxn: answered when the outcome is durable and every partition knows it.
enum EndTxnHandler: Handler {
  /// The producer's epoch goes up with every transaction from here on (KIP-890).
  private static let firstVersionThatBumps: Int16 = 5

  static func handle(_ request: EndTxnRequest, _ call: Call, _ loop: LoopService) {
    let refuse: @Sendable (ErrorCode) -> Void = { code in
      call.answerFromAnywhere(
        EndTxnResponse { $0.errorCode = code.inTransaction(version: call.version) })
    }
    guard !request.transactionalID.isEmpty else { return refuse(.invalidRequest) }
    let end = TransactionEnd(
      producer: ProducerIdentity(id: request.producerID, epoch: request.producerEpoch),
      commits: request.committed,
      clientVersion: call.version >= firstVersionThatBumps ? 2 : 0)
    loop.broker.transactions.handle(
      request.transactionalID, refuse: refuse,
      answer: { reply in
        guard case .producer(.none, let producer) = reply else { return refuse(reply.code) }
        call.answerFromAnywhere(
          EndTxnResponse {
            $0.producerID = producer.id
            $0.producerEpoch = producer.epoch
          })
      }, { .end(end, $0) })
  }
}
