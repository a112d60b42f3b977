import Coordinators
import KafkaProtocol

/// Heartbeat of a classic group's member.
enum HeartbeatHandler: Handler {
  static func handle(_ request: HeartbeatRequest, _ call: Call, _ loop: LoopService) {
    let refuse: @Sendable (ErrorCode) -> Void = { code in
      call.answerFromAnywhere(HeartbeatResponse { $0.errorCode = code })
    }
    loop.broker.groups.withShard(of: request.groupID, refuse: refuse) { shard in
      shard.handle(
        request.groupID,
        answer: { reply in
          guard case .heartbeat(let code) = reply else { return refuse(.notCoordinator) }
          refuse(code)
        }, { .heartbeat(request, $0) })
    }
  }
}
