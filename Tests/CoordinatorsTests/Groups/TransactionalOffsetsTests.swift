import KafkaProtocol
import Platform
import Records
import Testing

@testable import Coordinators

/// Offsets that are committed in transactions: what counts when, and after a restart.
struct TransactionalOffsetsTests {
  @Test func `offsets count when their transaction commits`() {
    let log = TestOffsetsLog()
    #expect(log.commit(5) == ErrorCode.none)
    #expect(log.commit(9, producerID: 1) == ErrorCode.none)
    #expect(log.offset() == 5 && log.isPending() && !log.isPending(1))
    log.end(2, commits: true)
    #expect(log.offset() == 5, "another's transaction")
    log.end(1, commits: true)
    #expect(log.offset() == 9 && !log.isPending())
    #expect(log.commit(20, producerID: 1) == ErrorCode.none)
    log.end(1, commits: false)
    #expect(log.offset() == 9 && !log.isPending())
  }

  @Test func `the later commit in the log counts, whenever transactions end`() {
    let log = TestOffsetsLog()
    _ = log.commit(1, producerID: 1)
    _ = log.commit(2)
    log.end(1, commits: true)
    #expect(log.offset() == 2)
    _ = log.commit(3, producerID: 1)
    _ = log.commit(4, producerID: 2)
    log.end(2, commits: true)
    log.end(1, commits: true)
    #expect(log.offset() == 4)
    _ = log.commit(5, producerID: 1)
    _ = log.commit(6, producerID: 2)
    log.end(1, commits: true)
    #expect(log.offset() == 5 && log.isPending())
    log.end(2, commits: false)
    #expect(log.offset() == 5)
  }

  @Test(arguments: UInt64(1)...30)
  func `a restart finds what was there`(_ seed: UInt64) {
    let random = SeededRandom(seed: seed)
    let log = TestOffsetsLog()
    for offset in 0..<60 as Range<Int64> {
      let producer = Int64(random.below(3))
      switch random.below(6) {
      case 0: log.end(producer, commits: random.below(2) == 0)
      case 1: _ = log.commit(offset, partition: Int32(random.below(2)))
      default:
        _ = log.commit(offset, partition: Int32(random.below(2)), producerID: producer)
      }
      let (found, wanted) = (log.reloaded().offsets(of: "g"), log.shard.offsets(of: "g"))
      #expect(found.byTopic == wanted.byTopic, "seed \(seed)")
      #expect(found.pending.keys == wanted.pending.keys, "seed \(seed)")
    }
  }

  @Test func `who may commit in a transaction`() {
    let log = TestOffsetsLog()
    #expect(log.commit(1, producerID: 1, generation: 3, member: "m") == .illegalGeneration)
    #expect(log.shard.groups.isEmpty)
    #expect(log.commit(1, producerID: 1) == ErrorCode.none, "clients before version 3")
    #expect(log.commit(1, producerID: 1, generation: 3, member: "m") == .unknownMemberID)
    let request = JoinGroupRequest {
      $0.groupID = "g"
      $0.protocolType = "consumer"
      $0.sessionTimeoutMilliseconds = 10_000
      $0.rebalanceTimeoutMilliseconds = 10_000
      $0.protocols = [JoinGroupRequest.GroupProtocol { $0.name = "range" }]
    }
    let client = GroupClient(
      clientID: "c", host: "h", mustKnowMemberID: false, canSkipAssignment: false)
    log.send { .join(request, client, $0) }
    log.time.monotonicMilliseconds += 10_000
    log.send { _ in .wake }
    let machine = log.shard.groups["g"]!
    #expect(machine.state == .completingRebalance)
    let member = machine.membersInOrder[0].id
    let generation = machine.generationID
    #expect(
      log.commit(2, producerID: 1, generation: generation, member: member) == ErrorCode.none,
      "what was read before a rebalance was read")
    #expect(
      log.commit(2, producerID: 1, generation: generation - 1, member: member)
        == .illegalGeneration)
    #expect(log.commit(2, producerID: 1, generation: generation, member: "x") == .unknownMemberID)
    #expect(log.commit(2, producerID: 1) == ErrorCode.none)
  }

  @Test func `offsets of an open transaction do not expire`() {
    var config = GroupConfig()
    config.offsetsRetentionMilliseconds = 1000
    let log = TestOffsetsLog(config)
    _ = log.commit(1)
    _ = log.commit(2, partition: 1)
    _ = log.commit(5, producerID: 1)
    log.time.wallMilliseconds += 2000
    log.send { _ in .expireOffsets }
    #expect(log.offset() == 1 && log.offset(1) == nil)
    log.end(1, commits: true)
    log.send { _ in .expireOffsets }
    #expect(log.shard.groups.isEmpty)
  }

  @Test func `what is deleted does not come back with the transaction`() {
    let log = TestOffsetsLog()
    _ = log.commit(1)
    _ = log.commit(5, producerID: 1)
    _ = log.commit(6, partition: 1, producerID: 1)
    log.send { _ in .topicsDeleted(["t"]) }
    #expect(log.offset() == nil && !log.isPending() && !log.isPending(1))
    log.end(1, commits: true)
    #expect(log.offset() == nil && log.offset(1) == nil)
    #expect(log.reloaded().offsets(of: "g").isEmpty)
  }

  @Test func `a group that has only pending offsets can be deleted`() {
    let log = TestOffsetsLog()
    _ = log.commit(5, producerID: 1)
    #expect(log.send { .delete($0) } == .deleted(.none))
    log.end(1, commits: true)
    #expect(log.offset() == nil)
    #expect(log.shard.groups.isEmpty && log.reloaded().groups.isEmpty)
    _ = log.commit(5, producerID: 1)
    log.end(1, commits: false)
    #expect(log.shard.groups.isEmpty)
  }
}
