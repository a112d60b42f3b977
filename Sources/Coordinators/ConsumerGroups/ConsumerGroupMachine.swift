import KafkaProtocol
import Platform

/// Decides for one group of the consumer protocol (KIP-848).
struct ConsumerGroupMachine: AssignedGroupMachine {
  static let kind = GroupKind.consumer

  let config: GroupConfig
  let random: any RandomSource
  var group: ConsumerGroup
  var deadlines: [String: MemberDeadlines] = [:]
  var checkedTopics: Int64?
  /// The classic group that this one has become; nothing may follow.
  var successor: GroupMetadataValue?

  // Of the change under way.
  var records: [GroupRecord] = []
  var now = EventTime(monotonicMilliseconds: 0, wallMilliseconds: 0)
  var surroundings = GroupSurroundings.none

  init(id: String, config: GroupConfig, random: any RandomSource) {
    group = ConsumerGroup(id: id)
    self.config = config
    self.random = random
  }

  /// Writes a record, and takes it in as a restart would.
  mutating func write(_ record: ConsumerGroupRecord) {
    records.append(.consumer(group: group.id, record))
    group.replay(record)
  }

  var asChange: MemberChange.Group { .consumer(self) }

  var commonTiming: GroupTiming {
    GroupTiming(
      sessionTimeoutMilliseconds: config.consumerSessionTimeoutMilliseconds,
      heartbeatIntervalMilliseconds: config.consumerHeartbeatIntervalMilliseconds)
  }

  // MARK: Removing

  mutating func remove(_ ids: [String]) {
    guard !ids.isEmpty else { return }
    for id in ids { eraseMember(id) }
    refresh(subscriptionsChanged: true)
    becomeClassicIfOnlyClassicMembersAreLeft()
  }

  mutating func eraseMember(_ id: String) {
    deadlines[id] = nil
    write(.current(member: id, nil))
    if group.targets[id] != nil { write(.target(member: id, nil)) }
    write(.member(id, nil))
  }

  /// Removes everything that the log knows of the group.
  mutating func erase() {
    for member in group.membersInOrder { eraseMember(member.id) }
    for expression in group.expressions.keys.sorted() { write(.expression(expression, nil)) }
    write(.targetEpoch(nil))
    write(.epoch(nil))
  }

  // MARK: Deadlines

  /// The member was heard of.
  mutating func touch(_ id: String) {
    guard let member = group.members[id] else { return }
    let timeout =
      member.classic.map { Int64($0.sessionTimeoutMilliseconds) }
      ?? timing.sessionTimeoutMilliseconds
    let session = now.monotonicMilliseconds + timeout
    deadlines[id, default: MemberDeadlines(session: session)].session = session
  }

  func rebalanceDeadline(of member: ConsumerMember) -> Int64 {
    now.monotonicMilliseconds + Int64(max(0, member.metadata.rebalanceTimeoutMilliseconds))
  }

  /// The replay is complete: everyone has the full time to be heard of.
  mutating func resume(at time: EventTime) {
    now = time
    for member in group.membersInOrder {
      touch(member.id)
      let deadline = rebalanceDeadline(of: member)
      if member.state == .unrevokedPartitions { deadlines[member.id]?.revocation = deadline }
    }
  }
}
