import Coordinators
import KafkaProtocol

/// Heartbeat of a classic group's member.
enum HeartbeatHandler: Handler {
  static func handle(_ request: HeartbeatRequest, _ call: Call, _ loop: LoopService) {
    let answer: @Sendable (ErrorCode) -> Void = { code in
      call.answerFromAnywhere(HeartbeatResponse { $0.errorCode = code })
    }
    loop.broker.groups.withShard(of: request.groupID, refuse: { answer(refusal($0)) }) { shard in
      shard.handle(
        request.groupID,
        answer: { reply in
          guard case .heartbeat(let code) = reply else { return answer(.notCoordinator) }
          answer(code)
        }, { .heartbeat(request, $0) })
    }
  }

  /// Answers blindly that all is well while the group loads, as Kafka does: no session ends before
  /// that, and clients do not expect to be told (aiokafka's heartbeats end for good).
  static func refusal(_ code: ErrorCode) -> ErrorCode {
    code == .coordinatorLoadInProgress ? .none : code
  }
}
