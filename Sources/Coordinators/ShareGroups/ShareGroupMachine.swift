import KafkaProtocol

/// Decides for one share group (KIP-932).
struct ShareGroupMachine: AssignedGroupMachine {
  static let kind = GroupKind.share

  let config: GroupConfig
  var group: ShareGroup
  var deadlines: [String: MemberDeadlines] = [:]
  var checkedTopics: Int64?

  // Of the change under way.
  var records: [GroupRecord] = []
  var now = EventTime(monotonicMilliseconds: 0, wallMilliseconds: 0)
  var surroundings = GroupSurroundings.none

  init(id: String, config: GroupConfig) {
    group = ShareGroup(id: id)
    self.config = config
  }

  /// Writes a record, and takes it in as a restart would.
  mutating func write(_ record: ShareGroupRecord) {
    records.append(.share(group: group.id, record))
    group.replay(record)
  }

  var asChange: MemberChange.Group { .share(self) }

  var commonTiming: GroupTiming {
    GroupTiming(
      sessionTimeoutMilliseconds: config.shareSessionTimeoutMilliseconds,
      heartbeatIntervalMilliseconds: config.shareHeartbeatIntervalMilliseconds)
  }

  // MARK: Epochs and targets

  mutating func lookAtTopics(areOthers: Bool) {
    // Members subscribe by name: there is nothing to find out.
  }

  func assign(_ question: AssignmentQuestion) -> [String: PartitionAssignment] {
    SimpleAssignor.assign(question)
  }

  /// Gives the member what it shall have. Others may have it too, so nothing has to be waited for.
  mutating func reconcile(_ id: String) {
    guard var member = group.members[id], member.epoch != group.targetEpoch else { return }
    member.previousEpoch = member.epoch
    member.epoch = group.targetEpoch
    member.assigned = group.target(of: id)
    write(.current(member: id, member.currentAssignment))
  }

  // MARK: Removing

  mutating func remove(_ ids: [String]) {
    guard !ids.isEmpty else { return }
    for id in ids { eraseMember(id) }
    refresh(subscriptionsChanged: true)
  }

  private mutating func eraseMember(_ id: String) {
    deadlines[id] = nil
    write(.current(member: id, nil))
    if group.targets[id] != nil { write(.target(member: id, nil)) }
    write(.member(id, nil))
  }

  /// Removes everything that the log knows of the group.
  mutating func erase() {
    for member in group.membersInOrder { eraseMember(member.id) }
    write(.targetEpoch(nil))
    write(.epoch(nil))
  }

  // MARK: Deadlines

  /// The member was heard of.
  mutating func touch(_ id: String) {
    let session = now.monotonicMilliseconds + timing.sessionTimeoutMilliseconds
    deadlines[id] = MemberDeadlines(session: session)
  }

  /// The replay is complete: everyone has the full time to be heard of.
  mutating func resume(at time: EventTime) {
    now = time
    for member in group.membersInOrder { touch(member.id) }
  }
}
