import KafkaProtocol
import Platform
import Records

@testable import Coordinators

/// Drives one group: keeps its log, its answers and its clock.
final class TestGroup {
  var machine: GroupMachine
  var time = EventTime(monotonicMilliseconds: 1000, wallMilliseconds: 1_700_000_000_000)
  /// Records in the log, durable or not.
  private(set) var log: [GroupRecord] = []
  private(set) var replies: [ReplyToken: GroupReply] = [:]
  private(set) var waiting: [(ticket: PersistTicket, records: [GroupRecord])] = []
  private(set) var wakeAt: Int64?
  /// Whether records are durable as soon as they are written.
  var syncsAtOnce = true
  var surroundings = GroupSurroundings.none
  private var nextToken: UInt64 = 0

  init(_ change: (inout GroupConfig) -> Void = { _ in }) {
    var config = GroupConfig()
    config.initialRebalanceDelayMilliseconds = 0
    change(&config)
    machine = GroupMachine(groupID: "g", config: config, random: SeededRandom(seed: 1))
  }

  /// Sends an event and gives the token of its answer.
  @discardableResult
  func send(_ event: (ReplyToken) -> GroupEvent) -> ReplyToken {
    let token = ReplyToken(nextToken)
    nextToken += 1
    perform(machine.handle(event(token), at: time, in: surroundings))
    return token
  }

  private func perform(_ actions: [GroupAction]) {
    for action in actions {
      switch action {
      case .reply(let token, let reply):
        precondition(replies[token] == nil, "answered twice")
        replies[token] = reply
      case .persist(let ticket, let records):
        log += records
        waiting.append((ticket, records))
      case .persistInTransaction: preconditionFailure("see TestOffsetsLog")
      case .wake(let at): wakeAt = at
      }
    }
    if syncsAtOnce { sync() }
  }

  /// Makes the first ticket that waits durable, or all.
  func sync(count: Int = .max) {
    for _ in 0..<min(count, waiting.count) {
      let ticket = waiting.removeFirst().ticket
      perform(machine.handle(.persisted(ticket), at: time, in: surroundings))
    }
  }

  func fail(_ code: ErrorCode) {
    while !waiting.isEmpty {
      let ticket = waiting.removeFirst().ticket
      perform(machine.handle(.failed(ticket, code), at: time, in: surroundings))
    }
  }

  /// Moves the clock on, with a wake at each moment that was asked for.
  func advance(_ milliseconds: Int64) {
    let end = time.monotonicMilliseconds + milliseconds
    var idle = 0
    while let at = wakeAt, at <= end {
      let step = max(0, at - time.monotonicMilliseconds)
      time.monotonicMilliseconds += step
      time.wallMilliseconds += step
      wakeAt = nil
      perform(machine.handle(.wake, at: time, in: surroundings))
      idle = wakeAt == at ? idle + 1 : 0
      precondition(idle < 3, "wakes that change nothing")
    }
    time.wallMilliseconds += end - time.monotonicMilliseconds
    time.monotonicMilliseconds = end
  }

  /// A group rebuilt from the log, as after a crash.
  func restarted() -> TestGroup {
    let next = TestGroup()
    next.machine = GroupMachine(
      groupID: "g", config: machine.config, random: SeededRandom(seed: 2))
    next.time = time
    next.surroundings = surroundings
    next.log = log
    for record in log { next.machine.replay(record) }
    next.perform(next.machine.resume(at: time))
    return next
  }

  // MARK: Requests

  func join(
    _ memberID: String = "", instance: String? = nil, protocols: [String] = ["range"],
    metadata: [UInt8] = [1], type: String = "consumer", session: Int32 = 10_000,
    rebalance: Int32 = 60_000, version: Int16 = 3
  ) -> ReplyToken {
    let request = JoinGroupRequest {
      $0.groupID = machine.groupID
      $0.memberID = memberID
      $0.groupInstanceID = instance
      $0.protocolType = type
      $0.sessionTimeoutMilliseconds = session
      $0.rebalanceTimeoutMilliseconds = rebalance
      $0.protocols = protocols.map { name in
        JoinGroupRequest.GroupProtocol {
          $0.name = name
          $0.metadata = metadata
        }
      }
    }
    let client = GroupClient(
      clientID: "c", host: "/127.0.0.1", mustKnowMemberID: version >= 4,
      canSkipAssignment: version >= 9)
    return send { .join(request, client, $0) }
  }

  func sync(
    _ memberID: String, generation: Int32? = nil, instance: String? = nil, type: String? = nil,
    name: String? = nil, assignments: [String: [UInt8]] = [:]
  ) -> ReplyToken {
    let request = SyncGroupRequest {
      $0.groupID = machine.groupID
      $0.memberID = memberID
      $0.groupInstanceID = instance
      $0.generationID = generation ?? machine.generationID
      $0.protocolType = type
      $0.protocolName = name
      $0.assignments = assignments.map { id, bytes in
        SyncGroupRequest.Assignment {
          $0.memberID = id
          $0.assignment = bytes
        }
      }
    }
    return send { .sync(request, $0) }
  }

  func heartbeat(
    _ memberID: String, generation: Int32? = nil, instance: String? = nil
  ) -> ErrorCode? {
    let request = HeartbeatRequest {
      $0.groupID = machine.groupID
      $0.memberID = memberID
      $0.groupInstanceID = instance
      $0.generationID = generation ?? machine.generationID
    }
    return heartbeatAnswer(send { .heartbeat(request, $0) })
  }

  func leave(_ memberID: String, instance: String? = nil) -> ErrorCode? {
    let member = LeaveGroupRequest.Member {
      $0.memberID = memberID
      $0.groupInstanceID = instance
    }
    guard case .leave(let code, let members)? = replies[send { .leave([member], $0) }] else {
      return nil
    }
    return code != .none ? code : members[0].errorCode
  }

  func commit(
    _ offset: Int64, _ memberID: String = "", generation: Int32 = -1, topic: String = "t",
    partition: Int32 = 0, metadata: String = "", retention: Int64 = -1
  ) -> ReplyToken {
    let commit = OffsetCommit(
      generationID: generation, memberID: memberID, retentionMilliseconds: retention,
      partitions: [
        .init(
          topic: topic, partition: PartitionID(partition), offset: Offset(offset),
          leaderEpoch: LeaderEpoch(3), metadata: metadata)
      ])
    return send { .commit(commit, $0) }
  }

  // MARK: Answers

  func beaten(_ token: ReplyToken) -> ConsumerGroupHeartbeatResponse? {
    if case .consumerHeartbeat(let answer)? = replies[token] { answer } else { nil }
  }

  func joined(_ token: ReplyToken) -> JoinGroupResponse? {
    if case .join(let answer)? = replies[token] { answer } else { nil }
  }

  func synced(_ token: ReplyToken) -> SyncGroupResponse? {
    if case .sync(let answer)? = replies[token] { answer } else { nil }
  }

  func committed(_ token: ReplyToken) -> [ErrorCode]? {
    if case .commit(let codes)? = replies[token] { codes } else { nil }
  }

  func deleted(_ token: ReplyToken) -> ErrorCode? {
    if case .deleted(let code)? = replies[token] { code } else { nil }
  }

  func offsetsDeleted(_ token: ReplyToken) -> (ErrorCode, [ErrorCode])? {
    if case .offsetsDeleted(let code, let codes)? = replies[token] { (code, codes) } else { nil }
  }

  private func heartbeatAnswer(_ token: ReplyToken) -> ErrorCode? {
    if case .heartbeat(let code)? = replies[token] { code } else { nil }
  }

  func offset(_ topic: String = "t", _ partition: Int32 = 0) -> Int64? {
    machine.offsets[topic, PartitionID(partition)]?.offset.rawValue
  }

  // MARK: Situations

  /// A stable group of so many dynamic members; gives their ids, the leader's first. Each is
  /// assigned its place in this order.
  func makeStable(_ count: Int) -> [String] {
    var ids = [makeOneMember()]
    for _ in 1..<max(1, count) {
      let newcomer = join()
      let old = ids.map { join($0) }
      precondition(old.allSatisfy { joined($0)?.errorCode == ErrorCode.none })
      ids.append(joined(newcomer)?.memberID ?? "")
    }
    complete(ids)
    return ids
  }

  private func makeOneMember() -> String {
    let token = join()
    advance(0)
    return joined(token)?.memberID ?? ""
  }

  func complete(_ ids: [String]) {
    var assignments: [String: [UInt8]] = [:]
    for (index, id) in ids.enumerated() { assignments[id] = [UInt8(index)] }
    for id in ids.dropFirst() { _ = sync(id) }
    _ = sync(ids[0], assignments: assignments)
  }
}
