import KafkaProtocol
import Records

/// A group whose members the coordinator assigns, epoch by epoch, as the log keeps it: of the
/// consumer protocol (KIP-848) or a share group (KIP-932). Changes only by replay.
protocol AssignedGroup: Sendable {
  associatedtype Member: AssignedMember

  var id: String { get }
  /// Grows with every change of members, subscriptions or their topics; 0 before the first.
  var epoch: Int32 { get }
  /// Of the topics that members subscribe to, when the epoch began.
  var metadataHash: Int64 { get }
  /// The epoch that the targets are for.
  var targetEpoch: Int32 { get }
  var members: [String: Member] { get }
  /// What each member shall have.
  var targets: [String: PartitionAssignment] { get }

  /// The names of the topics that the member subscribes to.
  func subscribedTopics(of member: Member) -> Set<String>
}

/// A member of such a group.
protocol AssignedMember: Sendable {
  var id: String { get }
  /// The name of a static member.
  var instanceID: String? { get }
}

extension AssignedGroup {
  /// The members by id.
  var membersInOrder: [Member] { members.values.sorted { $0.id < $1.id } }

  func target(of member: String) -> PartitionAssignment { targets[member] ?? PartitionAssignment() }

  /// The names of the topics that any member subscribes to.
  var subscribedTopics: Set<String> {
    members.values.reduce(into: []) { $0.formUnion(subscribedTopics(of: $1)) }
  }

  /// A number that changes with the topics that members subscribe to: with their ids and how many
  /// partitions they have (FNV-1a; Kafka has another function, so a broker that takes over from
  /// the other kind begins one more epoch).
  func topicsHash(in topics: any TopicCatalog) -> Int64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func mix(_ value: UInt64) {
      for shift in stride(from: UInt64(0), to: 64, by: 8) {
        hash = (hash ^ (value >> shift & 0xff)) &* 0x100_0000_01b3
      }
    }
    for name in subscribedTopics.sorted() {
      guard let topic = topics.topic(named: name) else { continue }
      mix(topic.id.high)
      mix(topic.id.low)
      mix(UInt64(topic.partitionCount))
    }
    return Int64(bitPattern: hash)
  }

  /// What an assignor is asked.
  func question(in topics: any TopicCatalog) -> AssignmentQuestion {
    var partitionCounts: [TopicID: Int32] = [:]
    var known: [String: TopicID] = [:]
    for name in subscribedTopics {
      guard let topic = topics.topic(named: name) else { continue }
      known[name] = topic.id
      partitionCounts[topic.id] = topic.partitionCount
    }
    let members = membersInOrder.map { member in
      AssignmentQuestion.Member(
        id: member.id, instanceID: member.instanceID,
        topics: Set(subscribedTopics(of: member).compactMap { known[$0] }),
        target: target(of: member.id))
    }
    return AssignmentQuestion(members: members, partitionCounts: partitionCounts)
  }
}
