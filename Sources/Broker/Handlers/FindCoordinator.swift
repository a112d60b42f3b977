import KafkaProtocol

/// FindCoordinator: this broker coordinates every group. Transactions are not served yet.
enum FindCoordinatorHandler: Handler {
  /// Key types of the request.
  private static let group: Int8 = 0

  static func handle(_ request: FindCoordinatorRequest, _ call: Call, _ loop: LoopService) {
    let node = MetadataHandler.broker(for: call, loop.broker)
    // Before version 1 there is no key type: only groups had coordinators.
    let isGroup = request.keyType == group
    let problem: ErrorCode = isGroup ? .none : .invalidRequest
    if isGroup { loop.broker.groups.prepare() }
    let message = isGroup ? nil : "only groups have a coordinator here, no transactions yet"
    call.answer(
      FindCoordinatorResponse { response in
        response.errorCode = problem
        response.errorMessage = message
        response.nodeID = isGroup ? node.nodeID : -1
        response.host = isGroup ? node.host : ""
        response.port = isGroup ? node.port : -1
        response.coordinators = request.coordinatorKeys.map { key in
          FindCoordinatorResponse.Coordinator {
            $0.key = key
            $0.errorCode = problem
            $0.errorMessage = message
            $0.nodeID = isGroup ? node.nodeID : -1
            $0.host = isGroup ? node.host : ""
            $0.port = isGroup ? node.port : -1
          }
        }
      })
  }
}
