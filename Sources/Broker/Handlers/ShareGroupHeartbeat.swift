import Coordinators
import KafkaProtocol

/// ShareGroupHeartbeat: joins, keeps and leaves a share group (KIP-932).
enum ShareGroupHeartbeatHandler: Handler {
  static func handle(_ request: ShareGroupHeartbeatRequest, _ call: Call, _ loop: LoopService) {
    if let refusal = request.refusal { return call.answer(refusal) }
    let client = GroupClient(
      clientID: loop.clientID.map { String($0) } ?? "", host: "/\(call.clientHost)",
      mustKnowMemberID: false, canSkipAssignment: true)
    let refuse: @Sendable (ErrorCode) -> Void = { code in
      call.answerFromAnywhere(ShareGroupHeartbeatResponse { $0.errorCode = code })
    }
    loop.broker.groups.withShard(of: request.groupID, refuse: refuse) { shard in
      shard.handle(
        request.groupID,
        answer: { reply in
          guard case .shareHeartbeat(let response) = reply else { return refuse(.notCoordinator) }
          call.answerFromAnywhere(response)
        }, { .shareHeartbeat(request, client, $0) })
    }
  }
}
