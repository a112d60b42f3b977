import KafkaProtocol
import Records
import Testing

@testable import Coordinators

/// Requests of one kind of group on a group of another.
struct GroupKindTests {
  private func makeShare(isEmpty: Bool) -> TestGroup {
    let group = TestGroup(topics: ["t": 4])
    _ = group.enterShare("a")
    if isEmpty { _ = group.shareBeat("a", epoch: -1) }
    return group
  }

  @Test(arguments: [false, true])
  func `a share group takes no members of other protocols`(isEmpty: Bool) {
    let group = makeShare(isEmpty: isEmpty)
    #expect(group.joined(group.join("m"))?.errorCode == .inconsistentGroupProtocol)
    #expect(group.joined(group.join())?.errorCode == .inconsistentGroupProtocol)
    #expect(group.synced(group.sync("a", generation: 1))?.errorCode == .unknownMemberID)
    #expect(group.heartbeat("a", generation: 1) == .unknownMemberID)
    #expect(group.leave("a") == .unknownMemberID)
    let consumer = group.enter("b")
    #expect(consumer?.errorCode == .groupIDNotFound)
    #expect(consumer?.errorMessage == "Group g is not a consumer group.")
    #expect(group.machine.shareStatus != .otherKind)
  }

  @Test(arguments: [false, true])
  func `a share group has no offsets`(isEmpty: Bool) {
    let group = makeShare(isEmpty: isEmpty)
    #expect(group.committed(group.commit(5)) == [.groupIDNotFound])
    #expect(group.committed(group.commit(5, "a", generation: 1)) == [.groupIDNotFound])
    let key = OffsetKey(topic: "t", partition: PartitionID(0))
    #expect(group.offsetsDeleted(group.send { .deleteOffsets([key], $0) })?.0 == .groupIDNotFound)
    let producer = ProducerIdentity(id: 1, epoch: 0)
    let commit = OffsetCommit(partitions: [
      .init(topic: "t", partition: PartitionID(0), offset: Offset(1))
    ])
    let token = group.send { .commitInTransaction(commit, producer, $0) }
    #expect(group.committed(token) == [.groupIDNotFound])
  }

  @Test func `nor has one that is about to be`() {
    let group = TestGroup(topics: ["t": 4])
    group.syncsAtOnce = false
    _ = group.shareBeat("a", epoch: 0, names: ["t"])
    #expect(group.committed(group.commit(5)) == [.groupIDNotFound])
    #expect(group.machine.kind == .share)
  }

  @Test(arguments: ["classic", "consumer", "offsets", "empty consumer"])
  func `other groups take no members of the share protocol`(kind: String) {
    let group = TestGroup(topics: ["t": 4])
    switch kind {
    case "classic": _ = group.makeStable(1)
    case "offsets": _ = group.commit(5)
    default: _ = group.enter("m")
    }
    if kind == "empty consumer" { _ = group.beat("m", epoch: -1) }
    for epoch: Int32 in [0, 1, -1] {
      let answer = group.shared(group.shareBeat("a", epoch: epoch, names: ["t"]))
      #expect(answer?.errorCode == .groupIDNotFound)
      #expect(answer?.errorMessage == "Group g is not a share group.")
    }
    #expect(group.prepared(group.send { .prepareShare($0) }) == .groupIDNotFound)
    #expect(group.machine.shareStatus == .otherKind)
  }

  @Test func `a commit that is on its way is a group already`() {
    let group = TestGroup(topics: ["t": 4])
    group.syncsAtOnce = false
    _ = group.commit(5)
    let token = group.shareBeat("a", epoch: 0, names: ["t"])
    #expect(group.shared(token)?.errorCode == .groupIDNotFound)
  }

  @Test func `a deleted group's id is free for any kind`() {
    let group = TestGroup(topics: ["t": 4])
    group.syncsAtOnce = false
    _ = group.commit(5)
    group.sync()
    let deleted = group.send { .delete($0) }
    let share = group.shareBeat("a", epoch: 0, names: ["t"])
    #expect(group.shared(share) == nil, "it waits for the group's end")
    group.sync(count: 1)
    #expect(group.deleted(deleted) == ErrorCode.none)
    group.sync()
    #expect(group.shared(share)?.memberEpoch == 1 && group.machine.kind == .share)
    #expect(group.restarted().shareGroup == group.shareGroup)
  }

  @Test func `a share group is described, and by no other API`() throws {
    let group = makeShare(isEmpty: false)
    let found = try #require(group.machine.shareDescription(group.topics))
    #expect(found.groupID == "g" && found.groupState == "Stable" && found.assignorName == "simple")
    #expect(found.groupEpoch == 1 && found.assignmentEpoch == 1)
    let member = try #require(found.members.first)
    #expect(member.memberID == "a" && member.memberEpoch == 1 && member.clientID == "c")
    #expect(member.clientHost == "/h" && member.subscribedTopicNames == ["t"])
    #expect(member.assignment.topicPartitions.map(\.topicName) == ["t"])
    #expect(member.assignment.topicPartitions.map(\.partitions.count) == [4])
    #expect(group.machine.description == nil)
    #expect(group.machine.consumerDescription(group.topics) == nil)
    let listing = group.machine.listing
    #expect(listing.groupType == "share" && listing.protocolType == "share")
    #expect(listing.groupState == "Stable")
    #expect(
      group.machine.shareStatus == .share(isEmpty: false, subscribedTopics: ["t"]))
  }

  @Test func `an empty share group can be made, and taken over by members`() {
    let group = TestGroup(topics: ["t": 4])
    #expect(group.prepared(group.send { .prepareShare($0) }) == ErrorCode.none)
    #expect(group.machine.shareStatus == .share(isEmpty: true, subscribedTopics: []))
    #expect(group.restarted().shareGroup == group.shareGroup)
    #expect(group.prepared(group.send { .prepareShare($0) }) == ErrorCode.none)
    #expect(group.enterShare("a")?.memberEpoch == 2)
    #expect(group.prepared(group.send { .prepareShare($0) }) == .nonEmptyGroup)
  }

  @Test(
    arguments: [
      ("", "g", nil, 1, nil), ("m", "", nil, 1, nil), ("m", "g", "", 1, nil),
      ("m", "g", nil, 0, nil),
      ("m", "g", nil, 0, []), ("m", "g", nil, -2, nil),
    ] as [(String, String, String?, Int32, [String]?)])
  func `nonsense is refused before a group sees it`(
    member: String, group: String, rack: String?, epoch: Int32, names: [String]?
  ) {
    let request = ShareGroupHeartbeatRequest {
      $0.memberID = member
      $0.groupID = group
      $0.rackID = rack
      $0.memberEpoch = epoch
      $0.subscribedTopicNames = names
    }
    #expect(request.refusal?.errorCode == .invalidRequest)
    #expect(request.refusal?.errorMessage != nil)
  }

  @Test func `what makes sense is not refused`() {
    for epoch: Int32 in [0, 1, -1] {
      let request = ShareGroupHeartbeatRequest {
        $0.memberID = "m"
        $0.groupID = "g"
        $0.memberEpoch = epoch
        $0.subscribedTopicNames = epoch == 0 ? ["t"] : nil
      }
      #expect(request.refusal == nil)
    }
  }
}
