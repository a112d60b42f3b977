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
      delete(name, loop.broker) { gathering.put($0, at: index) }
    }
  }

  /// Of a share group what it has been delivered goes first, so that nothing is left of it when the
  /// group is gone.
  private static func delete(
    _ name: String, _ broker: BrokerContext, _ done: @escaping @Sendable (ErrorCode) -> Void
  ) {
    broker.groups.withShard(of: name, refuse: done) { shard in
      guard case .share(isEmpty: true, _) = shard.shareStatus(of: name) else {
        return delete(name, shard, done)
      }
      broker.shares.deleteGroup(name) { code in
        guard code == .none else { return done(code) }
        broker.groups.withShard(of: name, refuse: done) { delete(name, $0, done) }
      }
    }
  }

  private static func delete(
    _ name: String, _ shard: GroupShardDriver, _ done: @escaping @Sendable (ErrorCode) -> Void
  ) {
    shard.handle(
      name,
      answer: { reply in
        guard case .deleted(let code) = reply else { return done(.notCoordinator) }
        done(code)
      }, { .delete($0) })
  }
}
