import KafkaProtocol
import Records
import Testing

@testable import Coordinators

struct ConsumerGroupTests {
  private func makeGroup(_ change: (inout GroupConfig) -> Void = { _ in }) -> TestGroup {
    TestGroup(topics: ["t": 4], change)
  }

  /// Two settled members of a group that reads four partitions.
  private func makePair() -> TestGroup {
    let group = makeGroup()
    _ = group.enter("a")
    _ = group.enter("b")
    for id in ["a", "b", "a", "b"] { group.settle(id) }
    return group
  }

  // MARK: Joining and rebalancing

  @Test func `the first member gets everything with its first answer`() throws {
    let group = makeGroup()
    let answer = try #require(group.enter("a"))
    #expect(answer.errorCode == .none && answer.memberID == "a" && answer.memberEpoch == 1)
    #expect(answer.heartbeatIntervalMilliseconds == 5000)
    #expect(answer.assignment?.topicPartitions.map(\.partitions.count) == [4])
    #expect(group.consumers.state == "Stable" && group.consumers.epoch == 1)
    let again = try #require(group.beaten(group.beat("a", epoch: 1)))
    #expect(again.memberEpoch == 1 && again.assignment == nil)
  }

  @Test func `an answer waits until it is durable, and so does everybody behind it`() {
    let group = makeGroup()
    group.syncsAtOnce = false
    let first = group.beat(
      "a", epoch: 0, names: ["t"], owned: PartitionAssignment(), rebalance: 1000)
    let second = group.beat(
      "b", epoch: 0, names: ["t"], owned: PartitionAssignment(), rebalance: 1000)
    #expect(group.beaten(first) == nil && group.consumers.members.isEmpty)
    group.sync(count: 1)
    #expect(group.beaten(first)?.memberEpoch == 1 && group.beaten(second) == nil)
    #expect(group.consumers.members.keys.sorted() == ["a"])
    group.sync()
    #expect(group.beaten(second)?.memberEpoch == 2)
  }

  @Test func `what cannot be stored did not happen`() {
    let group = makeGroup()
    group.syncsAtOnce = false
    let token = group.beat(
      "a", epoch: 0, names: ["t"], owned: PartitionAssignment(), rebalance: 1000)
    group.fail(.notCoordinator)
    #expect(group.beaten(token)?.errorCode == .notCoordinator)
    #expect(group.consumers.members.isEmpty && group.machine.isDisposable)
  }

  @Test func `a newcomer gets partitions only when they were given up`() throws {
    let group = makeGroup()
    _ = group.enter("a")
    let newcomer = try #require(group.enter("b"))
    #expect(newcomer.memberEpoch == 2 && newcomer.assignment?.topicPartitions == [])
    #expect(group.consumers.members["b"]?.state == .unreleasedPartitions)
    #expect(group.consumers.state == "Reconciling")

    let told = try #require(group.beaten(group.beat("a", epoch: 1)))
    #expect(told.memberEpoch == 1, "its epoch waits for what it must give up")
    #expect(told.assignment?.topicPartitions.map(\.partitions.count) == [2])
    #expect(group.consumers.members["a"]?.state == .unrevokedPartitions)
    let still = group.beat("a", epoch: 1, owned: group.partitions([0, 1, 2, 3]))
    #expect(group.beaten(still)?.memberEpoch == 1)
    #expect(group.beaten(group.beat("b", epoch: 2))?.assignment == nil)

    let kept = group.consumers.members["a"]?.assigned ?? PartitionAssignment()
    #expect(group.beaten(group.beat("a", epoch: 1, owned: kept))?.memberEpoch == 2)
    let given = try #require(group.beaten(group.beat("b", epoch: 2))?.assignment)
    #expect(given.topicPartitions.map(\.partitions.count) == [2])
    #expect(group.consumers.state == "Stable")
    #expect((group.numbers("a") + group.numbers("b")).sorted() == [0, 1, 2, 3])
  }

  @Test func `who does not give up in time is given up`() {
    let group = makeGroup()
    _ = group.enter("a")
    _ = group.enter("b")
    _ = group.beat("a", epoch: 1)
    for _ in 0..<3 {
      group.advance(19_000)
      _ = group.beat("a", epoch: 1)
      _ = group.beat("b", epoch: 2)
    }
    #expect(group.consumers.members.count == 2)
    group.advance(4000)
    #expect(group.consumers.members.keys.sorted() == ["b"])
    #expect(group.beaten(group.beat("a", epoch: 1))?.errorCode == .unknownMemberID)
    group.settle("b")
    #expect(group.numbers("b") == [0, 1, 2, 3])
  }

  @Test func `who is not heard of is given up`() {
    let group = makePair()
    for _ in 0..<3 {
      group.advance(20_000)
      group.settle("a")
    }
    #expect(group.consumers.members.keys.sorted() == ["a"])
    #expect(group.numbers("a") == [0, 1, 2, 3])
  }

  @Test func `a group's own timing counts before the broker's`() throws {
    let group = makeGroup()
    group.surroundings.timing = { _, _ in
      GroupTiming(sessionTimeoutMilliseconds: 100, heartbeatIntervalMilliseconds: 10)
    }
    #expect(try #require(group.enter("a")).heartbeatIntervalMilliseconds == 10)
    group.advance(100)
    #expect(group.consumers.members.isEmpty)
  }

  @Test func `leaving frees everything at once`() throws {
    let group = makePair()
    let epoch = try #require(group.consumers.members["b"]).epoch
    let left = try #require(group.beaten(group.beat("b", epoch: -1)))
    #expect(left.errorCode == .none && left.memberEpoch == -1)
    #expect(group.consumers.epoch == epoch + 1)
    group.settle("a")
    #expect(group.numbers("a") == [0, 1, 2, 3])
    _ = group.beat("a", epoch: -1)
    #expect(group.consumers.state == "Empty" && group.consumers.targets.isEmpty)
  }

  // MARK: Epochs

  @Test func `a lost answer is given again to who has not taken more`() {
    let group = makePair()
    let member = group.consumers.members["a"]!
    #expect(member.previousEpoch == 1 && member.epoch == 2)
    let lost = group.beat("a", epoch: 1, owned: member.assigned)
    #expect(group.beaten(lost)?.memberEpoch == 2)
    let more = group.beat("a", epoch: 1, owned: group.partitions([0, 1, 2, 3]))
    #expect(group.beaten(more)?.errorCode == .fencedMemberEpoch)
    #expect(group.beaten(group.beat("a", epoch: 1))?.errorCode == .fencedMemberEpoch)
    #expect(group.beaten(group.beat("a", epoch: 3))?.errorCode == .fencedMemberEpoch)
  }

  @Test func `a fenced member joins again and gets what it had`() throws {
    let group = makePair()
    let had = group.numbers("b")
    let epoch = group.consumers.epoch
    let answer = try #require(group.enter("b"))
    #expect(answer.memberEpoch == epoch && group.consumers.epoch == epoch)
    #expect(answer.assignment?.topicPartitions.map(\.partitions.count) == [2])
    #expect(group.numbers("b") == had)
  }

  @Test func `commits and fetches carry the member's epoch`() {
    let group = makePair()
    let epoch = group.consumers.members["a"]!.epoch
    #expect(group.commitCode(member: "a", epoch: epoch) == ErrorCode.none)
    #expect(group.commitCode(member: "a", epoch: epoch - 1) == .staleMemberEpoch)
    #expect(group.commitCode(member: "x", epoch: epoch) == .unknownMemberID)
    #expect(group.commitCode(member: "", epoch: -1) == .unknownMemberID)
    #expect(group.commitCode(member: "a", epoch: epoch, version: 8) == .unsupportedVersion)
    let members = group.consumers
    #expect(members.fetchProblem(memberID: "a", epoch: epoch) == nil)
    #expect(members.fetchProblem(memberID: nil, epoch: -1) == nil)
    #expect(members.fetchProblem(memberID: "a", epoch: epoch - 1) == .staleMemberEpoch)
    #expect(members.fetchProblem(memberID: "x", epoch: 1) == .unknownMemberID)
    for id in ["a", "b"] { _ = group.beat(id, epoch: -1) }
    #expect(group.commitCode(member: "", epoch: -1) == ErrorCode.none, "nobody is there")
  }

  // MARK: Refusals

  @Test func `requests that make no sense are refused`() {
    let config = GroupConfig()
    func code(
      _ version: Int16 = 1, _ change: (inout ConsumerGroupHeartbeatRequest) -> Void
    ) -> ErrorCode {
      var request = ConsumerGroupHeartbeatRequest {
        $0.groupID = "g"
        $0.memberID = "m"
        $0.rebalanceTimeoutMilliseconds = 1000
        $0.subscribedTopicNames = ["t"]
        $0.topicPartitions = []
      }
      change(&request)
      return request.refusal(version: version, config)?.errorCode ?? .none
    }
    #expect(code { _ in } == .none)
    #expect(code { $0.groupID = "" } == .invalidRequest)
    #expect(code { $0.memberID = "" } == .invalidRequest)
    #expect(code(0) { $0.memberID = "" } == .none)
    #expect(code(0) { ($0.memberID, $0.memberEpoch) = ("", 1) } == .invalidRequest)
    #expect(code { $0.instanceID = "" } == .invalidRequest)
    #expect(code { $0.rackID = "" } == .invalidRequest)
    #expect(code { $0.rebalanceTimeoutMilliseconds = -1 } == .invalidRequest)
    #expect(code { $0.topicPartitions = nil } == .invalidRequest)
    #expect(code { $0.subscribedTopicNames = nil } == .invalidRequest)
    #expect(code { $0.memberEpoch = -2 } == .invalidRequest)
    #expect(code { $0.memberEpoch = -3 } == .invalidRequest)
    #expect(code { $0.serverAssignor = "sticky" } == .unsupportedAssignor)
    #expect(code { $0.serverAssignor = "range" } == .none)
    #expect(code { $0.subscribedTopicRegex = "(" } == .invalidRegularExpression)
    #expect(code { $0.subscribedTopicRegex = "t.*" } == .none)
  }

  @Test func `a group that is not there has no members`() {
    let group = makeGroup()
    #expect(group.beaten(group.beat("a", epoch: 3))?.errorCode == .groupIDNotFound)
    #expect(group.machine.isDisposable)
    _ = group.enter("a")
    #expect(group.beaten(group.beat("x", epoch: 3))?.errorCode == .unknownMemberID)
    #expect(group.beaten(group.beat("x", epoch: -1))?.errorCode == .unknownMemberID)
  }

  @Test func `a group takes no more members than it may have`() {
    let group = makeGroup { $0.consumerMaximumSize = 1 }
    #expect(group.enter("a")?.errorCode == ErrorCode.none)
    #expect(group.enter("b")?.errorCode == .groupMaxSizeReached)
    #expect(group.enter("a")?.errorCode == ErrorCode.none)
  }

  @Test func `requests do not wait without bound`() {
    let group = makeGroup { $0.maximumWaitingRequests = 1 }
    group.syncsAtOnce = false
    let tokens = ["a", "b", "c"].map { id in
      group.beat(id, epoch: 0, names: ["t"], owned: PartitionAssignment(), rebalance: 1000)
    }
    #expect(group.beaten(tokens[2])?.errorCode == .coordinatorNotAvailable)
    group.send { _ in .unload }
    #expect(group.beaten(tokens[0])?.errorCode == .notCoordinator)
    #expect(group.beaten(tokens[1])?.errorCode == .notCoordinator)
  }

  // MARK: Static members

  @Test func `a static member that left for a while keeps its place`() throws {
    let group = makeGroup()
    _ = group.enter("a", instance: "i")
    _ = group.enter("b")
    for _ in 0..<2 {
      group.settle("a", instance: "i")
      group.settle("b")
    }
    let had = group.numbers("a")
    let epoch = group.consumers.epoch
    #expect(group.enter("c", instance: "i")?.errorCode == .unreleasedInstanceID)
    #expect(group.beaten(group.beat("x", epoch: -2, instance: "i"))?.errorCode == .fencedInstanceID)
    let left = group.beaten(group.beat("a", epoch: -2, instance: "i"))
    #expect(left?.memberEpoch == -2 && group.consumers.epoch == epoch)
    let back = try #require(group.enter("c", instance: "i"))
    #expect(back.memberEpoch == epoch && group.consumers.epoch == epoch)
    #expect(group.numbers("c") == had && group.consumers.members["a"] == nil)
    let old = group.beat("a", epoch: epoch, instance: "i")
    #expect(group.beaten(old)?.errorCode == .fencedInstanceID)
    let stranger = group.beat("c", epoch: epoch, instance: "j")
    #expect(group.beaten(stranger)?.errorCode == .unknownMemberID)
  }

  @Test func `a static member that does not come back in time loses its place`() {
    let group = makeGroup()
    _ = group.enter("a", instance: "i")
    _ = group.beat("a", epoch: -2, instance: "i")
    group.advance(44_999)
    #expect(group.consumers.members.count == 1)
    group.advance(1)
    #expect(group.consumers.members.isEmpty && group.consumers.instances.isEmpty)
  }

  // MARK: Topics

  @Test func `new partitions, and topics that come and go, begin a new epoch`() {
    let group = makeGroup()
    _ = group.enter("a", ["t", "later"])
    #expect(group.consumers.epoch == 1)
    group.topics["other"] = 3
    group.settle("a")
    #expect(group.consumers.epoch == 1, "nobody reads it")
    group.topics["t"] = 6
    group.settle("a")
    #expect(group.consumers.epoch == 2 && group.numbers("a") == [0, 1, 2, 3, 4, 5])
    group.topics["later"] = 1
    group.settle("a")
    #expect(group.consumers.epoch == 3 && group.numbers("a", "later") == [0])
    group.topics["t"] = nil
    group.settle("a")
    #expect(group.consumers.epoch == 4)
    #expect(group.consumers.members["a"]?.assigned.count == 1)
    group.topics["t"] = 2
    group.settle("a")
    #expect(group.consumers.epoch == 5 && group.numbers("a") == [0, 1], "of the new topic")
  }

  @Test func `regular expressions follow the topics`() throws {
    let group = makeGroup()
    group.topics["orders-eu"] = 2
    let answer = try #require(group.enter("a", nil, regex: "orders-.*"))
    #expect(answer.assignment?.topicPartitions.count == 1)
    #expect(group.numbers("a", "orders-eu") == [0, 1] && group.numbers("a") == [])
    group.topics["orders-us"] = 1
    group.settle("a")
    #expect(group.numbers("a", "orders-us") == [0])
    #expect(group.consumers.expressions["orders-.*"]?.topics == ["orders-eu", "orders-us"])
    _ = group.beat("a", epoch: group.consumers.epoch, names: ["t"], regex: "")
    group.settle("a")
    #expect(group.numbers("a") == [0, 1, 2, 3] && group.numbers("a", "orders-us") == [])
    #expect(group.consumers.expressions.isEmpty)
  }

  @Test func `the assignor that most ask for is taken`() {
    let group = makeGroup()
    _ = group.enter("a", assignor: "range")
    #expect(group.machine.consumer?.assignor == .range)
    _ = group.enter("b", assignor: "uniform")
    _ = group.enter("c", assignor: "range")
    #expect(group.machine.consumer?.assignor == .range)
    #expect(group.machine.consumerDescription(group.topics)?.assignorName == "range")
  }
}

extension TestGroup {
  /// The error of a commit with a member's epoch.
  func commitCode(member: String, epoch: Int32, version: Int16 = 9) -> ErrorCode? {
    let commit = OffsetCommit(
      generationID: epoch, memberID: member, knowsMemberEpochs: version >= 9,
      partitions: [.init(topic: "t", partition: PartitionID(0), offset: Offset(5))])
    return committed(send { .commit(commit, $0) })?.first
  }
}
