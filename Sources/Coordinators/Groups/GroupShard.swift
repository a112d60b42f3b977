import KafkaProtocol
import Platform
import Records

/// All groups of one partition of `__consumer_offsets`: a pure value, rebuilt by replaying that
/// partition.
package struct GroupShard: Sendable {
  package let config: GroupConfig
  private let random: any RandomSource
  package private(set) var groups: [String: GroupMachine] = [:]
  /// Groups that may have offsets in a producer's open transaction.
  var groupsInTransactions: [Int64: Set<String>] = [:]
  /// What groups look at when they handle an event.
  package var surroundings = GroupSurroundings.none

  package init(config: GroupConfig, random: any RandomSource) {
    self.config = config
    self.random = random
  }

  // MARK: Loading

  /// Takes in a record of the log, in its order.
  package mutating func replay(_ record: GroupRecord) {
    makeGroup(record.groupID)
    groups[record.groupID]?.replay(record)
  }

  /// Ends the replay; to be done: these actions of these groups.
  package mutating func finishReplay(at time: EventTime) -> [(group: String, [GroupAction])] {
    groups = groups.filter { !$0.value.isDisposable }
    return groups.keys.sorted().map { ($0, groups[$0]?.resume(at: time) ?? []) }
  }

  // MARK: Events

  /// Hands an event to a group. A group that does not exist yet is made for it, and forgotten again
  /// if nothing came of it.
  package mutating func handle(
    _ event: GroupEvent, group id: String, at time: EventTime
  ) -> [GroupAction] {
    switch event {
    case .commit(let commit, let token), .commitInTransaction(let commit, _, let token):
      if groups[id] == nil, commit.generationID >= 0 {
        let code = commit.knowsMemberEpochs ? ErrorCode.groupIDNotFound : .illegalGeneration
        return [.reply(token, .commit(commit.partitions.map { _ in code }))]
      }
    default: break
    }
    if case .commitInTransaction(_, let producer, _) = event { note(producer.id, in: id) }
    makeGroup(id)
    let actions = groups[id]?.handle(event, at: time, in: surroundings) ?? []
    if groups[id]?.isDisposable == true { groups[id] = nil }
    return actions
  }

  /// Hands an event to every group; to be done: these actions of these groups.
  package mutating func handleAll(
    _ event: GroupEvent, at time: EventTime
  ) -> [(group: String, [GroupAction])] {
    groups.keys.sorted().map { ($0, handle(event, group: $0, at: time)) }
      .filter { !$0.1.isEmpty }
  }

  /// Changes a group by replay; one that is not there is made for it, or left alone. One of which
  /// nothing is left is forgotten.
  mutating func changeGroup(
    _ id: String, makes: Bool, _ change: (inout GroupMachine) -> Void
  ) {
    if makes { makeGroup(id) }
    if var group = groups.removeValue(forKey: id) {
      change(&group)
      if !group.isDisposable { groups[id] = group }
    }
  }

  private mutating func makeGroup(_ id: String) {
    guard groups[id] == nil else { return }
    groups[id] = GroupMachine(groupID: id, config: config, random: random)
  }

  // MARK: Queries

  /// How far a group has read; empty for a group that is not known.
  package func offsets(of group: String) -> GroupOffsets {
    groups[group]?.offsets ?? GroupOffsets()
  }

  /// The error of a member's OffsetFetch; nil when it is to be answered.
  package func fetchProblem(of group: String, memberID: String?, epoch: Int32) -> ErrorCode? {
    groups[group]?.consumer?.group.fetchProblem(memberID: memberID, epoch: epoch)
  }

  /// What ConsumerGroupDescribe tells of a group; nil for one that is not known, or classic.
  package func consumerDescription(of group: String) -> ConsumerGroupDescribeResponse.Group? {
    groups[group]?.consumerDescription(surroundings.topics)
  }

  /// What ShareGroupDescribe tells of a group; nil for one that is not known, or of another kind.
  package func shareDescription(of group: String) -> ShareGroupDescribeResponse.Group? {
    groups[group]?.shareDescription(surroundings.topics)
  }

  /// What kind of group an id stands for; nil when there is none.
  package func kind(of group: String) -> GroupKind? { groups[group]?.kind }

  /// What an id stands for, as those see it who keep what share groups have been delivered.
  package func shareStatus(of group: String) -> ShareGroupStatus {
    groups[group]?.shareStatus ?? .absent
  }

  /// What DescribeGroups tells of a group; nil for one that is not known, or not classic.
  package func description(of group: String) -> DescribeGroupsResponse.Group? {
    groups[group]?.description
  }

  /// What ListGroups tells of all groups, by their names.
  package var listings: [ListGroupsResponse.Group] {
    groups.keys.sorted().compactMap { groups[$0]?.listing }
  }

  /// The names of the topics that any group has offsets of, in force or not.
  package var topicsWithOffsets: Set<String> {
    groups.values.reduce(into: []) { names, group in
      names.formUnion(group.offsets.byTopic.keys)
      names.formUnion(group.offsets.pending.keys.map(\.topic))
    }
  }
}
