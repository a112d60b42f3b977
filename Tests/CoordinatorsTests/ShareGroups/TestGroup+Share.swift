import KafkaProtocol
import Records

@testable import Coordinators

extension TestGroup {
  var shareGroup: ShareGroup { machine.share?.group ?? ShareGroup(id: "none") }

  /// A share group's heartbeat; gives the token of its answer.
  func shareBeat(
    _ id: String, epoch: Int32, names: [String]? = nil, rack: String? = nil
  ) -> ReplyToken {
    let request = ShareGroupHeartbeatRequest {
      $0.groupID = machine.groupID
      $0.memberID = id
      $0.memberEpoch = epoch
      $0.rackID = rack
      $0.subscribedTopicNames = names
    }
    let client = GroupClient(
      clientID: "c", host: "/h", mustKnowMemberID: false, canSkipAssignment: true)
    return send { .shareHeartbeat(request, client, $0) }
  }

  func shared(_ token: ReplyToken) -> ShareGroupHeartbeatResponse? {
    if case .shareHeartbeat(let answer)? = replies[token] { answer } else { nil }
  }

  func prepared(_ token: ReplyToken) -> ErrorCode? {
    if case .sharePrepared(let code)? = replies[token] { code } else { nil }
  }

  /// Joins a share group.
  func enterShare(_ id: String, _ names: [String] = ["t"]) -> ShareGroupHeartbeatResponse? {
    shared(shareBeat(id, epoch: 0, names: names))
  }

  /// A heartbeat of a member that knows its epoch.
  @discardableResult
  func stay(_ id: String) -> ShareGroupHeartbeatResponse? {
    shared(shareBeat(id, epoch: shareGroup.members[id]?.epoch ?? -9))
  }

  /// The numbers of the partitions of a topic that a member of the share group has.
  func sharedNumbers(_ id: String, _ topic: String = "t") -> [Int32] {
    guard let known = topics.topic(named: topic) else { return [] }
    return (shareGroup.members[id]?.assigned.byTopic[known.id] ?? []).map(\.rawValue).sorted()
  }
}
