import Cluster
import KafkaProtocol

/// What a request that alters configs asks of one resource.
protocol ConfigAlteration: Sendable {
  var resourceType: Int8 { get }
  var resourceName: String { get }
}

extension AlterConfigsRequest.Resource: ConfigAlteration {}
extension IncrementalAlterConfigsRequest.Resource: ConfigAlteration {}

extension LoopService {
  /// Alters one resource after the other on the controller's thread, and answers for each.
  ///
  /// - Parameter answer: makes the answer from what became of each resource; nil is success.
  func alterConfigs<Asked: ConfigAlteration, Response: KafkaResponse>(
    _ asked: [Asked], _ call: Call, answer: @escaping @Sendable ([(Asked, Refusal?)]) -> Response,
    _ alter: @escaping @Sendable (ConfigResource, Asked) throws(Refusal) -> Void
  ) {
    let busy = Refusal(.requestTimedOut, "Too many changes of metadata wait.")
    onController(call, busy: answer(asked.map { ($0, busy) })) {
      answer(
        asked.map { one in
          do throws(Refusal) {
            let isOnce =
              asked.count {
                $0.resourceType == one.resourceType && $0.resourceName == one.resourceName
              } == 1
            guard isOnce else {
              throw Refusal(.invalidRequest, "Each resource must appear at most once.")
            }
            try alter(try ConfigResource(type: one.resourceType, one.resourceName), one)
            return (one, nil)
          } catch {
            return (one, error)
          }
        })
    }
  }
}

extension ConfigResource {
  /// The resource that a request which alters configs names.
  fileprivate init(type: Int8, _ name: String) throws(Refusal) {
    guard let kind = Kind(rawValue: type) else {
      throw Refusal(.invalidRequest, "Unknown resource type \(type)")
    }
    self.init(kind, name)
  }
}
