import KafkaProtocol

/// What an id stands for, as those see it who keep what share groups have been delivered.
package enum ShareGroupStatus: Equatable, Sendable {
  /// No group has the id.
  case absent
  /// A group of another kind has it.
  case otherKind
  /// A share group.
  case share(isEmpty: Bool, subscribedTopics: Set<String>)

  /// Kafka's answer to a request that is about a share group; nil when there is one.
  package func refusal(of group: String) -> (code: ErrorCode, message: String)? {
    switch self {
    case .absent: (.groupIDNotFound, "Group \(group) not found.")
    case .otherKind: (.groupIDNotFound, "Group \(group) is not a share group.")
    case .share: nil
    }
  }
}
