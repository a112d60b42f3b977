import Cluster
import Coordinators
import KafkaProtocol

/// InitProducerId: ids for idempotent producers, and the taking over of a transactional id (KIP-98,
/// KIP-360).
enum InitProducerIDHandler: Handler {
  /// Clients know PRODUCER_FENCED from here on; before, INVALID_PRODUCER_EPOCH said it.
  private static let firstVersionWithFenced: Int16 = 4

  static func handle(_ request: InitProducerIDRequest, _ call: Call, _ loop: LoopService) {
    if let id = request.transactionalID { return takeOver(id, request, call, loop) }
    let cluster = loop.broker.cluster
    loop.onController(
      call, busy: InitProducerIDResponse { $0.errorCode = .coordinatorLoadInProgress }
    ) {
      InitProducerIDResponse { response in
        do throws(Refusal) {
          response.producerID = try cluster.nextProducerID()
        } catch {
          response.errorCode = error.code
        }
      }
    }
  }

  private static func takeOver(
    _ id: String, _ request: InitProducerIDRequest, _ call: Call, _ loop: LoopService
  ) {
    let refuse: @Sendable (ErrorCode) -> Void = { code in
      let isOld = call.version < firstVersionWithFenced
      call.answerFromAnywhere(
        InitProducerIDResponse {
          $0.errorCode = isOld && code == .producerFenced ? .invalidProducerEpoch : code
        })
    }
    let hasProducer = request.producerID >= 0
    guard !id.isEmpty, hasProducer == (request.producerEpoch >= 0) else {
      return refuse(.invalidRequest)
    }
    let expected = ProducerIdentity(id: request.producerID, epoch: request.producerEpoch)
    let initialization = ProducerInitialization(
      timeoutMilliseconds: request.transactionTimeoutMilliseconds,
      expected: hasProducer ? expected : nil)
    loop.broker.transactions.handle(
      id, refuse: refuse,
      answer: { reply in
        guard case .producer(.none, let producer) = reply else { return refuse(reply.code) }
        call.answerFromAnywhere(
          InitProducerIDResponse {
            $0.producerID = producer.id
            $0.producerEpoch = producer.epoch
          })
      }, { .initialize(initialization, $0) })
  }
}
