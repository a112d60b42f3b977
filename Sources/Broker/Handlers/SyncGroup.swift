import Coordinators
import KafkaProtocol

/// SyncGroup: answered when the leader's assignment is durable.
enum SyncGroupHandler: Handler {
  /// From here on a member says which protocol it took part in (KIP-559).
  private static let firstVersionWithProtocol: Int16 = 5

  static func handle(_ request: SyncGroupRequest, _ call: Call, _ loop: LoopService) {
    let refuse: @Sendable (ErrorCode) -> Void = { code in
      call.answerFromAnywhere(SyncGroupResponse { $0.errorCode = code })
    }
    if call.version >= firstVersionWithProtocol,
      request.protocolType == nil || request.protocolName == nil
    {
      return refuse(.inconsistentGroupProtocol)
    }
    loop.broker.groups.withShard(of: request.groupID, refuse: refuse) { shard in
      shard.handle(
        request.groupID,
        answer: { reply in
          guard case .sync(let response) = reply else { return refuse(.notCoordinator) }
          call.answerFromAnywhere(response)
        }, { .sync(request, $0) })
    }
  }
}
