import Coordinators
import KafkaProtocol

/// LeaveGroup: one member, or (version 3) many (KIP-345).
enum LeaveGroupHandler: Handler {
  private static let firstVersionWithMany: Int16 = 3

  static func handle(_ request: LeaveGroupRequest, _ call: Call, _ loop: LoopService) {
    let isOne = call.version < firstVersionWithMany
    let leaving =
      isOne ? [LeaveGroupRequest.Member { $0.memberID = request.memberID }] : request.members
    let refuse: @Sendable (ErrorCode) -> Void = { code in
      call.answerFromAnywhere(LeaveGroupResponse { $0.errorCode = code })
    }
    loop.broker.groups.withShard(of: request.groupID, refuse: refuse) { shard in
      shard.handle(
        request.groupID,
        answer: { reply in
          guard case .leave(let code, let members) = reply else { return refuse(.notCoordinator) }
          call.answerFromAnywhere(
            LeaveGroupResponse {
              $0.errorCode = isOne && code == .none ? members.first?.errorCode ?? code : code
              $0.members = members
            })
        }, { .leave(leaving, $0) })
    }
  }
}
