import Coordinators
import KafkaProtocol

/// ConsumerGroupDescribe: groups of the consumer protocol, which may live on different loops.
enum ConsumerGroupDescribeHandler: Handler {
  static func handle(_ request: ConsumerGroupDescribeRequest, _ call: Call, _ loop: LoopService) {
    let gathering = Gathering<ConsumerGroupDescribeResponse.Group>(
      count: request.groupIDs.count
    ) { groups in
      call.answerFromAnywhere(ConsumerGroupDescribeResponse { $0.groups = groups })
    }
    let tellsOperations = request.includeAuthorizedOperations
    for (index, name) in request.groupIDs.enumerated() {
      let refuse: @Sendable (ErrorCode) -> Void = { code in
        gathering.put(refused(name, code, nil), at: index)
      }
      loop.broker.groups.withShard(of: name, refuse: refuse) { shard in
        var group =
          shard.consumerDescription(of: name)
          ?? refused(
            name, .groupIDNotFound,
            shard.kind(of: name) == nil
              ? "Group \(name) not found." : "Group \(name) is not a consumer group.")
        if tellsOperations { group.authorizedOperations = GroupOperations.all }
        gathering.put(group, at: index)
      }
    }
  }

  private static func refused(
    _ name: String, _ code: ErrorCode, _ message: String?
  ) -> ConsumerGroupDescribeResponse.Group {
    ConsumerGroupDescribeResponse.Group {
      $0.groupID = name
      $0.errorCode = code
      $0.errorMessage = message
    }
  }
}
