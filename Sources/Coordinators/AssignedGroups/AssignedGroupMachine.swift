import KafkaProtocol
import Records

/// Decides for one group whose members the coordinator assigns.
///
/// It is a draft: whatever it decides it writes to `records` and replays at once. `GroupMachine`
/// keeps the draft when the records are durable, and drops it when they cannot be stored, so the
/// state that answers come from is always one that the log holds.
protocol AssignedGroupMachine: Sendable {
  associatedtype Group: AssignedGroup
  associatedtype Record: AssignedGroupRecord

  static var kind: GroupKind { get }
  var config: GroupConfig { get }
  var group: Group { get }
  var deadlines: [String: MemberDeadlines] { get set }
  /// The version of the topics that the group was last compared with.
  var checkedTopics: Int64? { get set }

  // Of the change under way.
  var records: [GroupRecord] { get set }
  var now: EventTime { get set }
  var surroundings: GroupSurroundings { get set }

  /// The machine as what `GroupMachine` keeps.
  var asChange: MemberChange.Group { get }
  /// The broker's timing, for a group without configs of its own.
  var commonTiming: GroupTiming { get }

  /// Writes a record, and takes it in as a restart would.
  mutating func write(_ record: Record)
  /// Finds out what has to be known before subscriptions are compared with topics.
  mutating func lookAtTopics(areOthers: Bool)
  /// What each member shall have.
  func assign(_ question: AssignmentQuestion) -> [String: PartitionAssignment]
  /// Removes members for good: the others get what they had.
  mutating func remove(_ ids: [String])
}

extension AssignedGroupMachine {
  // MARK: The draft

  /// Begins a change.
  mutating func begin(at time: EventTime, in surroundings: GroupSurroundings) {
    now = time
    self.surroundings = surroundings
  }

  /// Ends it, and gives the records that are to be written.
  mutating func finish() -> [GroupRecord] {
    defer {
      records = []
      // Not to hold on to topics that change meanwhile.
      surroundings = .none
    }
    return records
  }

  // MARK: Deadlines

  var timing: GroupTiming { surroundings.timing(Self.kind, group.id) ?? commonTiming }

  /// Gives up every member whose time has come.
  mutating func passDeadlines() {
    let time = now.monotonicMilliseconds
    remove(deadlines.filter { $0.value.earliest <= time }.keys.sorted())
  }

  var nextDeadline: Int64? { deadlines.values.map(\.earliest).min() }

  // MARK: Epochs and targets

  mutating func writeEpoch(_ epoch: Int32, metadataHash: Int64) {
    write(.begins(epoch, metadataHash: metadataHash))
  }

  mutating func writeTarget(_ target: PartitionAssignment, of member: String) {
    let value = ConsumerGroupTargetAssignmentMemberValue { $0.topicPartitions = target.topics }
    write(.target(member: member, value))
  }

  mutating func writeTargetEpoch(_ epoch: Int32) {
    write(.targetEpoch(ConsumerGroupTargetAssignmentMetadataValue { $0.assignmentEpoch = epoch }))
  }

  /// Begins a new epoch if the members' subscriptions or the topics behind them are others.
  mutating func refresh(subscriptionsChanged: Bool) {
    let topics = surroundings.topics
    let isNewCatalog = checkedTopics != topics.version
    guard subscriptionsChanged || isNewCatalog else { return }
    lookAtTopics(areOthers: isNewCatalog)
    checkedTopics = topics.version
    let hash = group.topicsHash(in: topics)
    guard subscriptionsChanged || hash != group.metadataHash else { return }
    writeEpoch(group.epoch + 1, metadataHash: hash)
  }

  /// Has the group's assignor say what everyone shall have, if a new epoch has begun.
  mutating func updateTargets() {
    guard group.epoch > group.targetEpoch else { return }
    let targets = assign(group.question(in: surroundings.topics))
    for member in group.membersInOrder {
      let target = targets[member.id] ?? PartitionAssignment()
      if target != group.target(of: member.id) { writeTarget(target, of: member.id) }
    }
    writeTargetEpoch(group.epoch)
  }
}
