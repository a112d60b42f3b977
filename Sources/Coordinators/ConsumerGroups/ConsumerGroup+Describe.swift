import KafkaProtocol

extension ConsumerGroup {
  /// The group as ConsumerGroupDescribe tells of it.
  func description(
    _ topics: any TopicCatalog, assignor: ServerAssignor
  ) -> ConsumerGroupDescribeResponse.Group {
    ConsumerGroupDescribeResponse.Group {
      $0.groupID = id
      $0.groupState = state
      $0.groupEpoch = epoch
      $0.assignmentEpoch = targetEpoch
      $0.assignorName = assignor.rawValue
      $0.members = membersInOrder.map { describe($0, topics) }
    }
  }

  private func describe(
    _ member: ConsumerMember, _ topics: any TopicCatalog
  ) -> ConsumerGroupDescribeResponse.Member {
    ConsumerGroupDescribeResponse.Member {
      $0.memberID = member.id
      $0.instanceID = member.metadata.instanceID
      $0.rackID = member.metadata.rackID
      $0.memberEpoch = member.epoch
      $0.clientID = member.metadata.clientID
      $0.clientHost = member.metadata.clientHost
      $0.subscribedTopicNames = member.metadata.subscribedTopicNames
      $0.subscribedTopicRegex = member.metadata.subscribedTopicRegex
      $0.assignment = member.assigned.described(topics)
      $0.targetAssignment = target(of: member.id).described(topics)
      // 0 is a member of the classic protocol, 1 one of the consumer protocol.
      $0.memberType = member.classic == nil ? 1 : 0
    }
  }
}
