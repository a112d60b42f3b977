import Coordinators
import KafkaProtocol

/// DescribeGroups: classic groups, which may live on different loops.
enum DescribeGroupsHandler: Handler {
  /// From here on a group that is not there is an error, before it is a dead group.
  private static let firstVersionWithMissing: Int16 = 6

  static func handle(_ request: DescribeGroupsRequest, _ call: Call, _ loop: LoopService) {
    let gathering = Gathering<DescribeGroupsResponse.Group>(count: request.groups.count) { groups in
      call.answerFromAnywhere(DescribeGroupsResponse { $0.groups = groups })
    }
    let tellsOperations = request.includeAuthorizedOperations
    for (index, name) in request.groups.enumerated() {
      let refuse: @Sendable (ErrorCode) -> Void = { code in
        gathering.put(
          DescribeGroupsResponse.Group {
            $0.groupID = name
            $0.errorCode = code
          }, at: index)
      }
      loop.broker.groups.withShard(of: name, refuse: refuse) { shard in
        let isThere = shard.kind(of: name) != nil
        var group = shard.description(of: name) ?? missing(name, isThere: isThere, call.version)
        if tellsOperations { group.authorizedOperations = GroupOperations.all }
        gathering.put(group, at: index)
      }
    }
  }

  /// - Parameter isThere: a group of another kind has the name.
  private static func missing(
    _ name: String, isThere: Bool, _ version: Int16
  ) -> DescribeGroupsResponse.Group {
    DescribeGroupsResponse.Group {
      $0.groupID = name
      $0.groupState = GroupState.dead.rawValue
      guard version >= firstVersionWithMissing else { return }
      $0.errorCode = .groupIDNotFound
      $0.errorMessage =
        isThere ? "Group \(name) is not a classic group." : "Group \(name) not found."
    }
  }
}
