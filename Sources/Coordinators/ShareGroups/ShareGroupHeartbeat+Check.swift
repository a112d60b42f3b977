import KafkaProtocol

extension ShareGroupHeartbeatRequest {
  /// The answer to what no group could take; nil when the group is to decide.
  package var refusal: ShareGroupHeartbeatResponse? {
    var message: String?
    if memberID.isEmpty {
      message = "MemberId can't be empty."
    } else if groupID.isEmpty {
      message = "GroupId can't be empty."
    } else if rackID == "" {
      message = "RackId can't be empty."
    } else if memberEpoch == 0, subscribedTopicNames?.isEmpty != false {
      message = "SubscribedTopicNames must be set in first request."
    } else if memberEpoch < -1 {
      message = "MemberEpoch is invalid."
    }
    return message.map { .refused(GroupRefusal(.invalidRequest, $0)) }
  }
}
