import Coordinators
import KafkaProtocol

/// DeleteGroups: answered when it is durable that they are gone.
enum DeleteGroupsHandler: Handler {
  static func handle(_ request: DeleteGroupsRequest, _ call: Call, _ loop: LoopService) {
    let names = request.groupsNames
    let gathering = Gathering<ErrorCode>(count: names.count) { codes in
      call.answerFromAnywhere(
        DeleteGroupsResponse { response in
          response.results = zip(names, codes).map { name, code in
            DeleteGroupsResponse.Group {
              $0.groupID = name
              $0.errorCode = code
            }
          }
        })
    }
    for (index, name) in names.enumerated() {
      let refuse: @Sendable (ErrorCode) -> Void = { gathering.put($0, at: index) }
      loop.broker.groups.withShard(of: name, refuse: refuse) { shard in
        shard.handle(
          name,
          answer: { reply in
            guard case .deleted(let code) = reply else { return refuse(.notCoordinator) }
            gathering.put(code, at: index)
          }, { .delete($0) })
      }
    }
  }
}
