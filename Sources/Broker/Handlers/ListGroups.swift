import Coordinators
import KafkaProtocol

/// ListGroups: the groups of all shards, filtered by state (version 4) and type (version 5).
enum ListGroupsHandler: Handler {
  private typealias Shard = (error: ErrorCode, groups: [ListGroupsResponse.Group])

  static func handle(_ request: ListGroupsRequest, _ call: Call, _ loop: LoopService) {
    let states = Set(request.statesFilter.map { $0.lowercased() })
    let types = Set(request.typesFilter.map { $0.lowercased() })
    loop.broker.groups.askEveryShard(
      refuse: { code -> Shard in (code, []) },
      { shard -> Shard in
        let groups = shard.listings.filter { group in
          (states.isEmpty || states.contains(group.groupState.lowercased()))
            && (types.isEmpty || types.contains(group.groupType.lowercased()))
        }
        return (.none, groups)
      },
      finish: { shards in
        call.answerFromAnywhere(
          ListGroupsResponse { response in
            // What is there is told, with the error that says that it is not all.
            response.errorCode = shards.first { $0.error != .none }?.error ?? .none
            response.groups = shards.flatMap(\.groups)
          })
      })
  }
}
