import KafkaProtocol

extension ShareGroup {
  /// The group as ShareGroupDescribe tells of it.
  func description(_ topics: any TopicCatalog) -> ShareGroupDescribeResponse.Group {
    ShareGroupDescribeResponse.Group {
      $0.groupID = id
      $0.groupState = state
      $0.groupEpoch = epoch
      $0.assignmentEpoch = targetEpoch
      $0.assignorName = SimpleAssignor.name
      $0.members = membersInOrder.map { describe($0, topics) }
    }
  }

  private func describe(
    _ member: ShareMember, _ topics: any TopicCatalog
  ) -> ShareGroupDescribeResponse.Member {
    ShareGroupDescribeResponse.Member {
      $0.memberID = member.id
      $0.rackID = member.metadata.rackID
      $0.memberEpoch = member.epoch
      $0.clientID = member.metadata.clientID
      $0.clientHost = member.metadata.clientHost
      $0.subscribedTopicNames = member.metadata.subscribedTopicNames
      $0.assignment = member.assigned.described(topics)
    }
  }
}
