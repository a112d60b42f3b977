import Coordinators
import KafkaProtocol

/// JoinGroup: answered when the generation begins.
enum JoinGroupHandler: Handler {
  /// From here on a member without an id is given one first (KIP-394).
  private static let firstVersionWithRequiredID: Int16 = 4
  /// From here on a leader understands that it need not assign (KIP-814).
  private static let firstVersionThatSkips: Int16 = 9

  static func handle(_ request: JoinGroupRequest, _ call: Call, _ loop: LoopService) {
    let client = GroupClient(
      clientID: loop.clientID.map { String($0) } ?? "", host: "/\(call.clientHost)",
      mustKnowMemberID: call.version >= firstVersionWithRequiredID,
      canSkipAssignment: call.version >= firstVersionThatSkips)
    let refuse: @Sendable (ErrorCode) -> Void = { code in
      call.answerFromAnywhere(
        JoinGroupResponse {
          $0.errorCode = code
          $0.memberID = request.memberID
        })
    }
    loop.broker.groups.withShard(of: request.groupID, refuse: refuse) { shard in
      shard.handle(
        request.groupID,
        answer: { reply in
          guard case .join(let response) = reply else { return refuse(.notCoordinator) }
          call.answerFromAnywhere(response)
        }, { .join(request, client, $0) })
    }
  }
}
