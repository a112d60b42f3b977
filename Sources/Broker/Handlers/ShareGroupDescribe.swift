import Coordinators
import KafkaProtocol

/// ShareGroupDescribe: share groups, which may live on different loops.
enum ShareGroupDescribeHandler: Handler {
  static func handle(_ request: ShareGroupDescribeRequest, _ call: Call, _ loop: LoopService) {
    let gathering = Gathering<ShareGroupDescribeResponse.Group>(
      count: request.groupIDs.count
    ) { groups in
      call.answerFromAnywhere(ShareGroupDescribeResponse { $0.groups = groups })
    }
    let tellsOperations = request.includeAuthorizedOperations
    for (index, name) in request.groupIDs.enumerated() {
      let refuse: @Sendable (ErrorCode) -> Void = {
        gathering.put(refused(name, $0, nil), at: index)
      }
      guard !name.isEmpty else {
        refuse(.invalidGroupID)
        continue
      }
      loop.broker.groups.withShard(of: name, refuse: refuse) { shard in
        let refusal = shard.shareStatus(of: name).refusal(of: name)
        var group =
          shard.shareDescription(of: name)
          ?? refused(name, refusal?.code ?? .groupIDNotFound, refusal?.message)
        if tellsOperations { group.authorizedOperations = GroupOperations.all }
        gathering.put(group, at: index)
      }
    }
  }

  private static func refused(
    _ name: String, _ code: ErrorCode, _ message: String?
  ) -> ShareGroupDescribeResponse.Group {
    ShareGroupDescribeResponse.Group {
      $0.groupID = name
      $0.errorCode = code
      $0.errorMessage = message
    }
  }
}
