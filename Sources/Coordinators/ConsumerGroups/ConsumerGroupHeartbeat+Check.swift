import KafkaProtocol

extension ConsumerGroupHeartbeatRequest {
  /// From here on members choose their ids themselves.
  private static let firstVersionWithOwnIDs: Int16 = 1

  /// The answer to what no group could take; nil when the group is to decide.
  package func refusal(version: Int16, _ config: GroupConfig) -> ConsumerGroupHeartbeatResponse? {
    do throws(GroupRefusal) { try check(version: version, config) } catch {
      return .refused(error)
    }
    return nil
  }

  private func check(version: Int16, _ config: GroupConfig) throws(GroupRefusal) {
    try require(!groupID.isEmpty, "GroupId can't be empty.")
    try require(instanceID != "", "InstanceId can't be empty.")
    try require(rackID != "", "RackId can't be empty.")
    let mayLackID = version < Self.firstVersionWithOwnIDs && memberEpoch == 0
    try require(!memberID.isEmpty || mayLackID, "MemberId can't be empty.")
    switch memberEpoch {
    case 0: try checkJoin()
    case 1..., -1: break
    case ConsumerMember.awayEpoch: try require(instanceID != nil, "InstanceId can't be null.")
    default: throw GroupRefusal(.invalidRequest, "MemberEpoch is invalid.")
    }
    if let name = serverAssignor, !config.consumerAssignors.map(\.rawValue).contains(name) {
      let known = config.consumerAssignors.map(\.rawValue).joined(separator: ", ")
      throw GroupRefusal(
        .unsupportedAssignor,
        "ServerAssignor \(name) is not supported. Supported assignors: \(known).")
    }
    if let expression = subscribedTopicRegex, !expression.isEmpty {
      do throws(PatternError) { _ = try NamePattern(expression) } catch {
        throw GroupRefusal(
          .invalidRegularExpression,
          "SubscribedTopicRegex `\(expression)` is not a valid regular expression: "
            + "\(error.reason).")
      }
    }
  }

  private func checkJoin() throws(GroupRefusal) {
    try require(
      rebalanceTimeoutMilliseconds >= 0, "RebalanceTimeoutMs must be provided in first request.")
    try require(
      topicPartitions?.isEmpty == true, "TopicPartitions must be empty when (re-)joining.")
    try require(
      subscribedTopicNames?.isEmpty == false || subscribedTopicRegex?.isEmpty == false,
      "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.")
  }

  private func require(_ isFine: Bool, _ message: String) throws(GroupRefusal) {
    if !isFine { throw GroupRefusal(.invalidRequest, message) }
  }

  /// What the member says it has; nil when it did not change.
  var owned: PartitionAssignment? {
    topicPartitions.map { PartitionAssignment($0) }
  }

  /// Whether the answer must tell the assignment even if it is the same: the member joins, or lost
  /// an answer and tells all of itself again.
  var wantsAssignment: Bool {
    memberEpoch == 0
      || (rebalanceTimeoutMilliseconds >= 0 && topicPartitions != nil
        && (subscribedTopicNames != nil || subscribedTopicRegex != nil))
  }
}

extension ConsumerGroupHeartbeatResponse {
  static func refused(_ refusal: GroupRefusal) -> ConsumerGroupHeartbeatResponse {
    ConsumerGroupHeartbeatResponse {
      $0.errorCode = refusal.code
      $0.errorMessage = refusal.message
    }
  }
}
