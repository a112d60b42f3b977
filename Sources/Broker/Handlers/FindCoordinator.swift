import KafkaProtocol
import Records

/// FindCoordinator: this broker coordinates every group, every transactional id and every partition
/// of a share group.
enum FindCoordinatorHandler: Handler {
  /// Key types of the request.
  private static let group: Int8 = 0
  private static let transactionalID: Int8 = 1
  private static let share: Int8 = 2

  private static let firstVersionWithShare: Int16 = 6

  static func handle(_ request: FindCoordinatorRequest, _ call: Call, _ loop: LoopService) {
    let node = MetadataHandler.broker(for: call, loop.broker)
    // Before version 1 there is no key type: only groups had coordinators.
    switch request.keyType {
    case group: loop.broker.groups.prepare()
    case transactionalID: loop.broker.transactions.prepare()
    case share: loop.broker.shares.prepare()
    default: break
    }
    let keys = request.coordinatorKeys.isEmpty ? [request.key] : request.coordinatorKeys
    let problems = keys.map { problem(with: $0, request.keyType, call.version) }
    let first = problems.first.flatMap { $0 }
    call.answer(
      FindCoordinatorResponse { response in
        response.errorCode = first == nil ? .none : .invalidRequest
        response.errorMessage = first
        response.nodeID = first == nil ? node.nodeID : -1
        response.host = first == nil ? node.host : ""
        response.port = first == nil ? node.port : -1
        response.coordinators = zip(request.coordinatorKeys, problems).map { key, problem in
          FindCoordinatorResponse.Coordinator {
            $0.key = key
            $0.errorCode = problem == nil ? .none : .invalidRequest
            $0.errorMessage = problem
            $0.nodeID = problem == nil ? node.nodeID : -1
            $0.host = problem == nil ? node.host : ""
            $0.port = problem == nil ? node.port : -1
          }
        }
      })
  }

  /// Why nobody coordinates this, in words.
  private static func problem(with key: String, _ keyType: Int8, _ version: Int16) -> String? {
    switch keyType {
    case group, transactionalID: nil
    case share where version >= firstVersionWithShare:
      isSharePartition(key)
        ? nil : "The key of a share coordinator is group:topicId:partition, not '\(key)'."
    default: "Only groups, transactional ids and share partitions have a coordinator here."
    }
  }

  /// Whether the key is `group:topicId:partition`; the group's id may have colons itself.
  private static func isSharePartition(_ key: String) -> Bool {
    let parts = key.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count >= 3, let partition = Int32(parts[parts.count - 1]), partition >= 0 else {
      return false
    }
    let hasGroup = parts.count > 3 || !parts[0].isEmpty
    return hasGroup && TopicID(String(parts[parts.count - 2])) != nil
  }
}
