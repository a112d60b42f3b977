import KafkaProtocol

/// FindCoordinator: this broker coordinates every group and every transactional id.
enum FindCoordinatorHandler: Handler {
  /// Key types of the request.
  private static let group: Int8 = 0
  private static let transactionalID: Int8 = 1

  static func handle(_ request: FindCoordinatorRequest, _ call: Call, _ loop: LoopService) {
    let node = MetadataHandler.broker(for: call, loop.broker)
    var isKnown = true
    // Before version 1 there is no key type: only groups had coordinators.
    switch request.keyType {
    case group: loop.broker.groups.prepare()
    case transactionalID: loop.broker.transactions.prepare()
    default: isKnown = false
    }
    let problem: ErrorCode = isKnown ? .none : .invalidRequest
    let message = isKnown ? nil : "only groups and transactional ids have a coordinator here"
    call.answer(
      FindCoordinatorResponse { response in
        response.errorCode = problem
        response.errorMessage = message
        response.nodeID = isKnown ? node.nodeID : -1
        response.host = isKnown ? node.host : ""
        response.port = isKnown ? node.port : -1
        response.coordinators = request.coordinatorKeys.map { key in
          FindCoordinatorResponse.Coordinator {
            $0.key = key
            $0.errorCode = problem
            $0.errorMessage = message
            $0.nodeID = isKnown ? node.nodeID : -1
            $0.host = isKnown ? node.host : ""
            $0.port = isKnown ? node.port : -1
          }
        }
      })
  }
}
