import Cluster
import KafkaProtocol

/// InitProducerId: ids for idempotent producers (KIP-98). Transactions are not served yet.
enum InitProducerIDHandler: Handler {
  static func handle(_ request: InitProducerIDRequest, _ call: Call, _ loop: LoopService) {
    if request.transactionalID != nil {
      return call.answer(
        InitProducerIDResponse { $0.errorCode = .transactionalIDAuthorizationFailed })
    }
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
}
