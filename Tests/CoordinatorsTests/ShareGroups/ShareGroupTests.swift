import KafkaProtocol
import Records
import Testing

@testable import Coordinators

struct ShareGroupTests {
  private func makeGroup(_ change: (inout GroupConfig) -> Void = { _ in }) -> TestGroup {
    TestGroup(topics: ["t": 4, "u": 1], change)
  }

  // MARK: Joining and staying

  @Test func `the first member gets everything with its first answer`() throws {
    let group = makeGroup()
    let answer = try #require(group.enterShare("a"))
    #expect(answer.errorCode == .none && answer.memberID == "a" && answer.memberEpoch == 1)
    #expect(answer.heartbeatIntervalMilliseconds == 5000)
    #expect(answer.assignment?.topicPartitions.map(\.partitions.count) == [4])
    #expect(group.shareGroup.state == "Stable" && group.shareGroup.epoch == 1)
    let again = try #require(group.stay("a"))
    #expect(again.memberEpoch == 1 && again.assignment == nil)
  }

  @Test func `a newcomer gets its partitions at once, and the others theirs when they ask`() throws
  {
    let group = makeGroup()
    _ = group.enterShare("a")
    let newcomer = try #require(group.enterShare("b"))
    #expect(newcomer.memberEpoch == 2)
    #expect(newcomer.assignment?.topicPartitions.map(\.partitions.count) == [2])
    #expect(group.sharedNumbers("a") == [0, 1, 2, 3], "it has not asked")
    let told = try #require(group.stay("a"))
    #expect(told.memberEpoch == 2)
    #expect(told.assignment?.topicPartitions.map(\.partitions.count) == [2])
    #expect((group.sharedNumbers("a") + group.sharedNumbers("b")).sorted() == [0, 1, 2, 3])
  }

  @Test func `more members than partitions share them`() {
    let group = makeGroup()
    let ids = ["a", "b", "c", "d", "e", "f"]
    for id in ids { _ = group.enterShare(id, ["u"]) }
    for id in ids { group.stay(id) }
    #expect(ids.allSatisfy { group.sharedNumbers($0, "u") == [0] })
  }

  @Test func `an answer waits until it is durable, and so does everybody behind it`() {
    let group = makeGroup()
    group.syncsAtOnce = false
    let first = group.shareBeat("a", epoch: 0, names: ["t"])
    let second = group.shareBeat("b", epoch: 0, names: ["t"])
    #expect(group.shared(first) == nil && group.shareGroup.members.isEmpty)
    group.sync(count: 1)
    #expect(group.shared(first)?.memberEpoch == 1 && group.shared(second) == nil)
    #expect(group.shareGroup.members.keys.sorted() == ["a"])
    group.sync()
    #expect(group.shared(second)?.memberEpoch == 2)
  }

  @Test func `what cannot be stored did not happen`() {
    let group = makeGroup()
    group.syncsAtOnce = false
    let token = group.shareBeat("a", epoch: 0, names: ["t"])
    group.fail(.notCoordinator)
    #expect(group.shared(token)?.errorCode == .notCoordinator)
    #expect(group.machine.share == nil && group.machine.isDisposable)
  }

  @Test func `a heartbeat without news writes nothing`() {
    let group = makeGroup()
    _ = group.enterShare("a")
    let count = group.log.count
    for _ in 0..<5 { group.stay("a") }
    #expect(group.log.count == count)
  }

  // MARK: Epochs

  @Test(
    arguments: [
      (1, .fencedMemberEpoch), (2, .none), (3, .none), (4, .fencedMemberEpoch),
      (Int32.max, .fencedMemberEpoch),
    ] as [(Int32, ErrorCode)])
  func `the present epoch and the one before are taken`(epoch: Int32, expected: ErrorCode) throws {
    let group = makeGroup()
    _ = group.enterShare("a")
    for id in ["b", "c"] {
      _ = group.enterShare(id)
      group.stay("a")
    }
    #expect(group.shareGroup.members["a"]?.epoch == 3)
    let answer = try #require(group.shared(group.shareBeat("a", epoch: epoch)))
    #expect(answer.errorCode == expected)
    guard expected == .none else { return }
    #expect(answer.memberEpoch == 3)
    #expect((answer.assignment != nil) == (epoch == 2), "the answer may have been lost")
  }

  @Test func `who joins again under its id goes on with what it has`() throws {
    let group = makeGroup()
    _ = group.enterShare("a")
    let again = try #require(group.enterShare("a"))
    #expect(again.memberEpoch == 1)
    #expect(again.assignment?.topicPartitions.map(\.partitions.count) == [4])
    #expect(group.shareGroup.epoch == 1)
  }

  @Test func `who is not there is told`() {
    let group = makeGroup()
    #expect(group.shared(group.shareBeat("a", epoch: 1))?.errorCode == .groupIDNotFound)
    #expect(group.shared(group.shareBeat("a", epoch: -1))?.errorCode == .groupIDNotFound)
    #expect(group.machine.isDisposable)
    _ = group.enterShare("a")
    #expect(group.shared(group.shareBeat("b", epoch: 1))?.errorCode == .unknownMemberID)
    #expect(group.shared(group.shareBeat("b", epoch: -1))?.errorCode == .unknownMemberID)
  }

  @Test func `a full group takes no one else`() {
    let group = makeGroup { $0.shareMaximumSize = 2 }
    for id in ["a", "b"] { #expect(group.enterShare(id)?.errorCode == ErrorCode.none) }
    #expect(group.enterShare("c")?.errorCode == .groupMaxSizeReached)
    #expect(group.enterShare("a")?.errorCode == ErrorCode.none)
    _ = group.shareBeat("b", epoch: -1)
    #expect(group.enterShare("c")?.errorCode == ErrorCode.none)
  }

  // MARK: Leaving

  @Test func `leaving leaves everything to the others`() throws {
    let group = makeGroup()
    _ = group.enterShare("a")
    _ = group.enterShare("b")
    group.stay("a")
    let left = try #require(group.shared(group.shareBeat("b", epoch: -1)))
    #expect(left.errorCode == .none && left.memberID == "b" && left.memberEpoch == -1)
    #expect(left.assignment == nil && group.shareGroup.epoch == 3)
    group.stay("a")
    #expect(group.sharedNumbers("a") == [0, 1, 2, 3])
    _ = group.shareBeat("a", epoch: -1)
    #expect(group.shareGroup.state == "Empty" && group.shareGroup.targets.isEmpty)
    #expect(!group.machine.isDisposable, "the id stays that of a share group")
  }

  @Test func `who is not heard of is given up`() {
    let group = makeGroup()
    _ = group.enterShare("a")
    _ = group.enterShare("b")
    for _ in 0..<3 {
      group.advance(20_000)
      group.stay("a")
    }
    #expect(group.shareGroup.members.keys.sorted() == ["a"])
    #expect(group.sharedNumbers("a") == [0, 1, 2, 3])
    group.advance(45_000)
    #expect(group.shareGroup.state == "Empty")
  }

  @Test func `a group's own timing counts before the broker's`() throws {
    let group = makeGroup()
    group.surroundings.timing = { kind, _ in
      guard kind == .share else { return nil }
      return GroupTiming(sessionTimeoutMilliseconds: 100, heartbeatIntervalMilliseconds: 10)
    }
    #expect(try #require(group.enterShare("a")).heartbeatIntervalMilliseconds == 10)
    group.advance(100)
    #expect(group.shareGroup.members.isEmpty)
  }

  // MARK: Topics

  @Test func `topics come, grow and go`() throws {
    let group = makeGroup()
    let joined = try #require(group.enterShare("a", ["t", "later"]))
    #expect(joined.assignment?.topicPartitions.map(\.partitions.count) == [4])
    group.topics["later"] = 2
    #expect(try #require(group.stay("a")?.assignment).topicPartitions.count == 2)
    #expect(group.sharedNumbers("a", "later") == [0, 1])
    group.topics["t"] = 6
    #expect(group.stay("a")?.memberEpoch == 3 && group.sharedNumbers("a").count == 6)
    group.topics["t"] = nil
    #expect(try #require(group.stay("a")?.assignment).topicPartitions.count == 1)
    group.topics["other"] = 1
    #expect(group.stay("a")?.assignment == nil && group.shareGroup.epoch == 4)
  }

  @Test func `a new subscription is a new epoch, the same one is none`() throws {
    let group = makeGroup()
    _ = group.enterShare("a")
    let same = try #require(group.shared(group.shareBeat("a", epoch: 1, names: ["t", "t"])))
    #expect(same.memberEpoch == 1 && same.assignment?.topicPartitions.count == 1)
    let other = try #require(group.shared(group.shareBeat("a", epoch: 1, names: ["u"], rack: "r")))
    #expect(other.memberEpoch == 2)
    #expect(group.sharedNumbers("a") == [] && group.sharedNumbers("a", "u") == [0])
    #expect(group.shareGroup.members["a"]?.metadata.rackID == "r")
  }

  // MARK: Restarts

  @Test func `a restart finds the group as it was, and gives members a session's time`() {
    let group = makeGroup()
    _ = group.enterShare("a")
    _ = group.enterShare("b")
    group.stay("a")
    let next = group.restarted()
    #expect(next.shareGroup == group.shareGroup)
    #expect(next.stay("a")?.errorCode == ErrorCode.none)
    next.advance(44_000)
    next.stay("b")
    next.advance(2000)
    #expect(next.shareGroup.members.keys.sorted() == ["b"])
  }

  @Test func `deleting leaves nothing in the log`() {
    let group = makeGroup()
    _ = group.enterShare("a")
    #expect(group.deleted(group.send { .delete($0) }) == .nonEmptyGroup)
    _ = group.shareBeat("a", epoch: -1)
    #expect(group.deleted(group.send { .delete($0) }) == ErrorCode.none)
    #expect(group.machine.isDisposable && group.restarted().machine.isDisposable)
    #expect(group.deleted(group.send { .delete($0) }) == .groupIDNotFound)
  }

  @Test func `who comes while a group is deleted begins a new one`() {
    let group = makeGroup()
    _ = group.enterShare("a")
    _ = group.shareBeat("a", epoch: -1)
    group.syncsAtOnce = false
    let deleted = group.send { .delete($0) }
    let prepared = group.send { .prepareShare($0) }
    let joined = group.shareBeat("b", epoch: 0, names: ["t"])
    #expect(group.prepared(prepared) == nil && group.shared(joined) == nil)
    group.sync(count: 1)
    #expect(group.deleted(deleted) == ErrorCode.none && group.machine.share == nil)
    group.sync(count: 1)
    #expect(group.prepared(prepared) == ErrorCode.none && group.shareGroup.epoch == 1)
    group.sync()
    #expect(group.shared(joined)?.memberEpoch == 2)
    #expect(group.restarted().shareGroup == group.shareGroup)
  }

  @Test func `a group whose deletion cannot be stored goes on`() {
    let group = makeGroup()
    _ = group.enterShare("a")
    _ = group.shareBeat("a", epoch: -1)
    group.syncsAtOnce = false
    let deleted = group.send { .delete($0) }
    let joined = group.shareBeat("b", epoch: 0, names: ["t"])
    group.fail(.notCoordinator)
    #expect(group.deleted(deleted) == .notCoordinator)
    #expect(group.shared(joined)?.errorCode == .notCoordinator, "its turn came, and failed too")
    #expect(group.shareGroup.epoch == 2)
  }

  @Test func `an empty share group does not expire`() {
    let group = makeGroup { $0.offsetsRetentionMilliseconds = 1 }
    _ = group.enterShare("a")
    _ = group.shareBeat("a", epoch: -1)
    group.advance(1000)
    group.send { _ in .expireOffsets }
    #expect(group.machine.shareStatus == .share(isEmpty: true, subscribedTopics: []))
  }

  @Test func `who waits is sent away when the coordinator stops`() {
    let group = makeGroup()
    group.syncsAtOnce = false
    let first = group.shareBeat("a", epoch: 0, names: ["t"])
    let second = group.shareBeat("b", epoch: 0, names: ["t"])
    group.send { _ in .unload }
    #expect([first, second].allSatisfy { group.shared($0)?.errorCode == .notCoordinator })
    #expect(group.enterShare("c")?.errorCode == .notCoordinator)
  }
}
