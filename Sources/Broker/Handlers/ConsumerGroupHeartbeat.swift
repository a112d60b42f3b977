import Coordinators
import KafkaProtocol

/// ConsumerGroupHeartbeat: joins, keeps and leaves a group of the consumer protocol (KIP-848).
enum ConsumerGroupHeartbeatHandler: Handler {
  static func handle(_ request: ConsumerGroupHeartbeatRequest, _ call: Call, _ loop: LoopService) {
    let groups = loop.broker.groups
    if let refusal = groups.refusal(of: request, version: call.version) {
      return call.answer(refusal)
    }
    let client = GroupClient(
      clientID: loop.clientID.map { String($0) } ?? "", host: "/\(call.clientHost)",
      mustKnowMemberID: false, canSkipAssignment: true)
    let refuse: @Sendable (ErrorCode) -> Void = { code in
      call.answerFromAnywhere(ConsumerGroupHeartbeatResponse { $0.errorCode = code })
    }
    groups.withShard(of: request.groupID, refuse: refuse) { shard in
      shard.handle(
        request.groupID,
        answer: { reply in
          guard case .consumerHeartbeat(let response) = reply else {
            return refuse(.notCoordinator)
          }
          call.answerFromAnywhere(response)
        }, { .consumerHeartbeat(request, client, $0) })
    }
  }
}
